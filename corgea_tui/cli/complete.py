"""What the shell may offer for event types and filters."""

import click
from click.shell_completion import CompletionItem

from corgea_tui.cli.session import Session
from corgea_tui.errors import CommandError

STATUSES = ("pending", "succeeded", "failed", "discarded")
KINDS = ("event", "test", "replay")
CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
SPANS = ("15m", "1h", "24h", "7d")


def event_types(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Event types, and groups of them."""
    names = _types(ctx.ensure_object(Session))
    groups = sorted({f"{name.partition('.')[0]}.*" for name in names})
    return [CompletionItem(name) for name in [*names, *groups] if name.startswith(typed)]


def filters(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of the filter language, and the values that a key can have."""
    sign, word = ("-", typed[1:]) if typed.startswith("-") else ("", typed)
    key, colon, start = word.partition(":")
    if not colon:
        keys = ("status:", "http:", "webhook:", "type:", "project:", "kind:", "since:", "until:")
        return [CompletionItem(sign + each) for each in keys if each.startswith(word)]
    values = [value for value in _values(key, ctx, param) if value.startswith(start)]
    return [CompletionItem(f"{sign}{key}:{value}") for value in values]


def _values(key: str, ctx: click.Context, param: click.Parameter) -> list[str]:
    if key == "webhook":
        from corgea_tui.cli.webhooks.complete import webhook_names

        return [item.value for item in webhook_names(ctx, param, "")]
    if key == "type":
        return _types(ctx.ensure_object(Session))
    fixed = {"status": STATUSES, "kind": KINDS, "http": CLASSES, "since": SPANS, "until": SPANS}
    return list(fixed.get(key, ()))


def _types(session: Session) -> list[str]:
    try:
        found = session.client.event_types()
    except CommandError:
        return []
    return [each.name for each in found if not each.reserved]
