"""The changes of a configuration to a webhook, and the lines that present them.

Secrets and credentials are masked to their last four characters, and only these are compared. An
omitted secret is kept and is not a difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from corgea_tui.text.facts import facts
from corgea_tui.text.output import Paint
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from daemon.domain.webhooks.config import (
    Condition,
    DestinationType,
    Header,
    RetryPolicy,
    WebhookConfig,
)
from daemon.domain.webhooks.masking import MASK, is_credential, mask, mask_url
from daemon.protocol import Webhook

NOTHING = "–"


@dataclass(frozen=True)
class Difference:
    """A field that differs, both sides in words."""

    field: str
    before: str
    after: str


def config_of(webhook: Webhook) -> WebhookConfig:
    """The configuration of a webhook of the API; masked values stay masked."""
    return WebhookConfig(
        name=webhook.name,
        url=webhook.url,
        events=tuple(webhook.events),
        type=DestinationType(webhook.type),
        projects=tuple(webhook.projects),
        statuses=tuple(webhook.statuses),
        conditions=tuple(Condition(each.path, each.op, each.value) for each in webhook.conditions),
        secret=(webhook.secret.hint or MASK) if webhook.secret.set else None,
        headers=tuple(Header(each.name, each.value, each.credential) for each in webhook.headers),
        body_template=webhook.body_template,
        standard_webhooks=webhook.standard_webhooks,
        retry=msgspec.convert(webhook.retry_set, RetryPolicy),
    )


def differences(before: WebhookConfig, after: WebhookConfig) -> list[Difference]:
    """Field by field, in the order of the form."""
    old, new = _comparable(before), _comparable(after)
    if old["url"] != new["url"] and not before.url.startswith("https://"):
        new["url"] = mask_url(after.url)  # a viewer sees masked URLs: compare these
    return [
        Difference(field, _words(old[field]), _words(value))
        for field, value in new.items()
        if old[field] != value
    ]


def _comparable(config: WebhookConfig) -> dict[str, Any]:
    return {
        "name": config.name,
        "url": config.url,
        "type": config.type.value,
        "events": list(config.events),
        "projects": list(config.projects),
        "statuses": list(config.statuses),
        "conditions": [_condition(each) for each in config.conditions],
        "secret": None if config.secret is None else _masked(config.secret),
        "headers": [_header(each) for each in config.headers],
        "body_template": config.body_template or None,
        "standard_webhooks": config.standard_webhooks,
        "retry": msgspec.to_builtins(config.retry),
    }


def _condition(condition: Condition) -> str:
    value = msgspec.json.encode(condition.value).decode()
    return f"{condition.path} {condition.op} {value}"


def _header(header: Header) -> str:
    value = _masked(header.value) if is_credential(header) else header.value
    return f"{header.name}: {value}"


def _masked(value: str) -> str:
    return value if value.startswith(MASK) else mask(value)


def _words(value: Any) -> str:
    if value is None or value in ([], {}):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(item) for item in value)
    return str(value)


SHORT = 40


def difference_lines(
    found: Sequence[Difference],
    width: int | None,
    paint: Paint,
    sides: tuple[str, str] = ("-", "+"),
) -> list[str]:
    """Each field with both sides: on one line when they are short."""
    lines: list[str] = []
    room = max((len(each.field) for each in found), default=0)
    for each in found:
        before, after = safe_line(each.before), safe_line(each.after)
        if sides == ("-", "+") and len(before) + len(after) <= SHORT:
            change = f"{paint(before, 'bad')} → {paint(after, 'good')}"
            lines.append(f"    {paint(each.field.ljust(room), 'quiet')}  {change}")
            continue
        lines.append(f"    {paint(each.field, 'quiet')}")
        pairs = [(sides[0], Cell(before, "bad")), (sides[1], Cell(after, "good"))]
        lines += facts(pairs, width, paint, "      ")
    return lines
