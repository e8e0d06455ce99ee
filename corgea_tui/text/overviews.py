"""The facts of a delivery and of a webhook with their labels, for the app and the commands."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from corgea_tui.text.facts import Fact
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, duration, parsed, percent, state, why
from daemon.protocol import Delivery, DeliveryDetail, Statistics, Webhook

MILLISECOND = 1000
"""Microseconds."""


def delivery_facts(detail: DeliveryDetail, now: datetime) -> list[Fact]:
    """The facts of a delivery. A fact that does not apply is empty."""
    return [
        ("state", state(detail, now)),
        ("why", why(detail)),
        ("webhook", _text(detail.webhook_name)),
        ("URL", _text(detail.url)),
        ("event", _text(detail.event_type)),
        ("project", _project(detail)),
        ("event id", _text(detail.event_id)),
        ("delivery id", _text(detail.id)),
        ("created", _when(detail.created_at, now)),
        ("delivered", _when(detail.delivered_at, now)),
        ("ended", Cell("") if detail.delivered_at else _when(detail.finished_at, now)),
        ("next attempt", _when(detail.next_attempt_at, now)),
        ("related scan", _text(detail.scan_id)),
        ("kind", _text(None if detail.kind == "event" else detail.kind)),
    ]


def webhook_facts(webhook: Webhook, now: datetime) -> list[Fact]:
    """The facts of a webhook. A fact that does not apply is empty."""
    return [
        ("URL", _text(webhook.url)),
        ("type", _text(webhook.type)),
        ("events", Cell(safe_line("  ".join(webhook.events)), "name")),
        ("secret", _secret(webhook)),
        ("signature", _text("Standard Webhooks too" if webhook.standard_webhooks else "")),
        ("retries", _text(_retries(webhook))),
        ("managed by", _text(webhook.managed_by)),
        ("changed", Cell(f"{ago(webhook.updated_at, now)}, version {webhook.version}")),
        ("id", Cell(safe_line(webhook.id), "quiet")),
    ]


def filter_facts(webhook: Webhook) -> list[Fact]:
    """The filters and the custom headers of a webhook: a fact for each value."""
    conditions = [
        f"{each.path} {each.op} "
        f"{'' if each.value is None else msgspec.json.encode(each.value).decode()}".rstrip()
        for each in webhook.conditions
    ]
    headers = [f"{each.name}: {each.value}" for each in webhook.headers]
    return [
        *_listed("projects", webhook.projects or ["all"]),
        *_listed("statuses", webhook.statuses or ["all"]),
        *_listed("conditions", conditions or ["none"]),
        *_listed("headers", headers or ["none"]),
    ]


def statistics_facts(figures: Statistics, now: datetime) -> list[Fact]:
    """The statistics of a webhook (rules.md §5)."""
    return [
        ("total", Cell(f"{figures.total:,}")),
        ("success rate", percent(figures.success_rate)),
        ("successful", Cell(f"{figures.successful:,}", "good")),
        ("failed", Cell(f"{figures.failed:,}", "bad" if figures.failed else "")),
        ("in a row", Cell(f"{figures.consecutive_failures:,}")),
        ("last sent", Cell(ago(figures.last_triggered, now))),
        ("pending", Cell(f"{figures.pending:,}")),
        ("discarded", Cell(f"{figures.discarded:,}")),
        ("attempts", Cell(f"{figures.attempts:,}")),
        ("p50", _spent(figures.p50_ms)),
        ("p95", _spent(figures.p95_ms)),
        ("p99", _spent(figures.p99_ms)),
    ]


def _text(text: str | None) -> Cell:
    return Cell(safe_line(text or ""))


def _listed(label: str, values: Iterable[str]) -> list[Fact]:
    """A line for each value, the first with the label."""
    return [(label if not index else "", _text(value)) for index, value in enumerate(values)]


def _project(delivery: Delivery) -> Cell:
    if delivery.project is None:
        return Cell("")
    name = f"{delivery.project_name}  " if delivery.project_name else ""
    return _text(f"{name}{delivery.project}")


def _when(iso: str | None, now: datetime) -> Cell:
    """A time to the millisecond, and how long ago it is."""
    moment = parsed(iso)
    if moment is None:
        return Cell("")
    local = moment.astimezone()
    text = f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // MILLISECOND:03d} {local:%Z}"
    return Cell(text if moment > now else f"{text}  ({ago(iso, now)})")


def _spent(milliseconds: int | None) -> Cell:
    return Cell("–" if milliseconds is None else duration(milliseconds))


def _secret(webhook: Webhook) -> Cell:
    if not webhook.secret.set:
        return Cell("none: deliveries are not signed", "warn")
    return Cell(safe_line(webhook.secret.hint or "set"))


def _retries(webhook: Webhook) -> str:
    retry = webhook.retry
    waits = ", ".join(f"{wait:g} s" for wait in retry.schedule)
    tries = f"after {waits}" if waits else "none"
    rate = f", at most {retry.rate:g} a second" if retry.rate else ""
    return f"{tries}; {retry.timeout:g} s each, {retry.concurrency} at once{rate}"
