"""`corgea-tui webhooks show`."""

import msgspec

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_argument
from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.output import show as safe
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, clock, count, duration, percent, webhook_state
from daemon.protocol import ConditionShown, Webhook


@verb("show", example="corgea-tui webhooks show 'Jira tickets'")
@webhook_argument
@pass_session
def show(session: CommandContext, *, webhook: str) -> None:
    """Show one webhook, by name or id: its configuration, state and statistics.

    Secrets are never shown, only whether there is one and its last four characters.
    """
    raw, out = session.client.webhook_raw(webhook), session.out
    if session.json:
        out.json(raw)
        return
    found = msgspec.json.decode(raw, type=Webhook)
    out.lines(
        [
            out.paint(safe(found.name), "strong"),
            *facts(_configuration(found), out.width, out.paint, "  "),
            "",
            *facts(_figures(found, session), out.width, out.paint, "  "),
        ]
    )


def _configuration(webhook: Webhook) -> list[Fact]:
    secret = webhook.secret
    rows: list[Fact] = [
        ("id", Cell(safe(webhook.id))),
        ("url", Cell(safe(webhook.url), "accent")),
        ("type", Cell(safe(webhook.type))),
        ("events", Cell(safe(", ".join(webhook.events)))),
        ("projects", Cell(safe(", ".join(webhook.projects) or "all"))),
        ("statuses", Cell(safe(", ".join(webhook.statuses) or "all"))),
    ]
    rows += [("condition", Cell(safe(_condition(each)))) for each in webhook.conditions]
    rows.append(("secret", Cell(safe(secret.hint or "set") if secret.set else "none")))
    rows += [("header", Cell(safe(f"{each.name}: {each.value}"))) for each in webhook.headers]
    retry = webhook.retry
    waits = ", ".join(f"{wait:g} s" for wait in retry.schedule)
    tries = f"{count(len(retry.schedule) + 1, 'try', 'tries')}{f', after {waits}' if waits else ''}"
    rate = f", {retry.rate:g} a second" if retry.rate is not None else ""
    return [
        *rows,
        ("body", Cell(safe(webhook.body_template or "default payload"))),
        ("headers of", Cell("Standard Webhooks too" if webhook.standard_webhooks else "")),
        ("retry", Cell(f"{tries}; {retry.timeout:g} s each, {retry.concurrency} at once{rate}")),
        ("from file", Cell(safe(webhook.managed_by or ""))),
        ("version", Cell(str(webhook.version))),
    ]


def _figures(webhook: Webhook, session: CommandContext) -> list[Fact]:
    figures, now = webhook.statistics, session.now
    state = webhook_state(webhook)
    if webhook.state == "paused":
        since = clock(webhook.paused_at, now)
        state = Cell(f"{state.text} since {since}: {safe(webhook.paused_reason or '')}", "warn")
    percentiles = [("p50", figures.p50_ms), ("p95", figures.p95_ms), ("p99", figures.p99_ms)]
    durations = ", ".join(
        f"{name} {duration(value)}" for name, value in percentiles if value is not None
    )
    outcome = f"{figures.successful:,} successful, {figures.failed:,} failed"
    return [
        ("state", state),
        ("deliveries", Cell(f"{figures.total:,}: {outcome}")),
        ("beside", Cell(f"{figures.pending:,} pending, {figures.discarded:,} discarded")),
        ("success", percent(figures.success_rate)),
        ("streak", Cell(f"{count(figures.consecutive_failures, 'failure')} in a row")),
        ("last", Cell(ago(figures.last_triggered, now))),
        ("durations", Cell(durations)),
    ]


def _condition(condition: ConditionShown) -> str:
    if condition.value is None:
        return f"{condition.path} {condition.op}"
    return f"{condition.path} {condition.op} {msgspec.json.encode(condition.value).decode()}"
