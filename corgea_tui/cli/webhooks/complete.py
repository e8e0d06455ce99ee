"""The argument that names a webhook, with completion of the names that exist."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from corgea_tui.cli.session import Session
from corgea_tui.errors import CommandError

Function = TypeVar("Function", bound=Callable[..., Any])


def webhook_names(
    ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Names that begin with what was typed; none when no daemon answers: completion never fails."""
    session = ctx.ensure_object(Session)
    try:
        page = session.client.page("/v1/webhooks", {"limit": 500})
    except CommandError:
        return []
    import msgspec

    from daemon.wire import Webhook

    names = [msgspec.json.decode(raw, type=Webhook).name for raw in page.items]
    return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


def webhook_argument(function: Function) -> Function:
    """One webhook, by name or id."""
    return click.argument("webhook", metavar="WEBHOOK", shell_complete=webhook_names)(function)


def webhook_arguments(function: Function) -> Function:
    """One or more webhooks, by name or id."""
    argument = click.argument(
        "webhooks", metavar="WEBHOOK...", nargs=-1, required=True, shell_complete=webhook_names
    )
    return argument(function)
