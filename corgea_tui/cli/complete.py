"""What the shell may offer: event types, webhook names and filters. Never fails."""

import os
import re

import click
from click.shell_completion import CompletionItem

from corgea_tui.cli.session import Session
from corgea_tui.errors import CommandError
from corgea_tui.program import COMPLETE

_SPECIAL = re.compile(r"([^\w@%+=:,./*-])")


def event_types(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Event types, and groups of them."""
    names = _types(ctx.ensure_object(Session))
    groups = sorted({f"{name.partition('.')[0]}.*" for name in names})
    return [CompletionItem(name) for name in [*names, *groups] if name.startswith(typed)]


def webhook_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of webhooks."""
    names = _webhooks(ctx.ensure_object(Session))
    begun = [name for name in names if name.lower().startswith(typed.lower())]
    return [CompletionItem(_word(name)) for name in begun]


def filters(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of the filter language, and the values that a key can have."""
    from daemon.domain.filter_complete import complete
    from daemon.domain.filters import Key

    session = ctx.ensure_object(Session)
    words: dict[Key, list[str]] = {}
    key = typed.lstrip("-").partition(":")[0].lower()
    if ":" in typed and key == Key.WEBHOOK:
        words[Key.WEBHOOK] = _webhooks(session)
    if ":" in typed and key == Key.TYPE:
        words[Key.TYPE] = _types(session)
    found = complete(typed, len(typed), words)
    before, after = typed[: found.start], typed[found.end :]
    # The quotes are put back by the command: for the shell they would be its own.
    return [
        CompletionItem(_word(f"{before}{item.text.replace(chr(34), '')}{after}"))
        for item in found.items
    ]


def _types(session: Session) -> list[str]:
    try:
        return [each.name for each in session.client.event_types() if not each.reserved]
    except CommandError:
        return []


def _webhooks(session: Session) -> list[str]:
    import msgspec

    from daemon.wire import Webhook

    try:
        page = session.client.page("/v1/webhooks", {"limit": 500})
    except CommandError:
        return []
    return [msgspec.json.decode(raw, type=Webhook).name for raw in page.items]


def _word(text: str) -> str:
    """A text as one word of the shell: bash takes it as it is, the others quote by themselves."""
    if os.environ.get(COMPLETE, "").startswith("bash"):
        return _SPECIAL.sub(r"\\\1", text)
    return text
