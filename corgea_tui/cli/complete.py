"""What the shell may offer: event types, webhook names and filters. Never fails."""

import click
from click.shell_completion import CompletionItem

from corgea_tui.cli.session import CommandContext
from corgea_tui.client import calls
from corgea_tui.client.errors import ClientError


def event_types(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Event types, and groups of them."""
    names = _types(ctx.ensure_object(CommandContext))
    groups = sorted({f"{name.partition('.')[0]}.*" for name in names})
    return [CompletionItem(name) for name in [*names, *groups] if name.startswith(typed)]


def webhook_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Names of webhooks."""
    return [
        CompletionItem(name) for name in _begun(_webhooks(ctx.ensure_object(CommandContext)), typed)
    ]


def filters(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Keys of the filter language, and the values that a key can have."""
    from daemon.domain.filters.completion import complete
    from daemon.domain.filters.keys import FilterKey

    session = ctx.ensure_object(CommandContext)
    words: dict[FilterKey, list[str]] = {}
    key, colon, value = typed.partition(":")
    if colon and key.lstrip("-").lower() == FilterKey.WEBHOOK:  # their names have blanks in them
        return [CompletionItem(f"{key}:{name}") for name in _begun(_webhooks(session), value)]
    if colon and key.lstrip("-").lower() == FilterKey.TYPE:
        words[FilterKey.TYPE] = _types(session)
    found = complete(typed, len(typed), words)
    before, after = typed[: found.start], typed[found.end :]
    # The quotes are put back by the command: for the shell they would be its own.
    return [
        CompletionItem(f"{before}{item.text.replace(chr(34), '')}{after}", help=item.meaning)
        for item in found.items
    ]


def statuses(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Statuses of issues."""
    from daemon.domain.events.catalogue import STATUSES

    return [CompletionItem(name) for name in STATUSES if name.startswith(typed)]


def scenarios(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The scenarios that are shipped, or else files."""
    from corgea_tui.scenarios import shipped

    named = [CompletionItem(name) for name in shipped() if name.startswith(typed)]
    return named or [CompletionItem(typed, type="file")]


def files(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Files, as the shell knows them."""
    return [CompletionItem(typed, type="file")]


def _begun(names: list[str], typed: str) -> list[str]:
    return [name for name in names if name.lower().startswith(typed.lower())]


def _types(session: CommandContext) -> list[str]:
    try:
        return [each.name for each in session.client.event_types() if not each.reserved]
    except ClientError:
        return []


def _webhooks(session: CommandContext) -> list[str]:
    try:
        return [each.name for each in session.client.send(calls.webhooks()).items]
    except ClientError:
        return []
