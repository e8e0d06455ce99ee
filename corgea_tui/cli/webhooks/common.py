"""The common parts of webhook commands: the arguments that name webhooks, and the save."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from corgea_tui.cli.completion import webhook_names
from corgea_tui.cli.context import CommandContext
from corgea_tui.client.api_call import ApiCall
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from daemon.protocol import WebhookSaved

Function = TypeVar("Function", bound=Callable[..., Any])


def webhook_argument(function: Function) -> Function:
    """One webhook, by name or id."""
    return click.argument("webhook", metavar="WEBHOOK", shell_complete=webhook_names)(function)


def webhook_arguments(function: Function) -> Function:
    """One or more webhooks, by name or id."""
    argument = click.argument(
        "webhooks", metavar="WEBHOOK...", nargs=-1, required=True, shell_complete=webhook_names
    )
    return argument(function)


def save(context: CommandContext, call: ApiCall[WebhookSaved], done: str) -> None:
    """Save a webhook; print its main facts, and the daemon's warnings on stderr."""
    raw, out = context.client.send_raw(call), context.out
    saved = call.decode(raw)
    if context.json:
        out.json(raw)
    else:
        name = out.paint(safe_line(saved.name), "strong")
        rows = [
            ("url", Cell(safe_line(saved.url))),
            ("events", Cell(safe_line(", ".join(saved.events)))),
        ]
        out.line(f"{done} {name}  {out.paint(safe_line(saved.id), 'quiet')}")
        context.print_facts(rows)
    for warning in saved.warnings:
        field = f"{safe_line(warning.field)}: " if warning.field else ""
        out.note(f"warning: {field}{safe_line(warning.message)}", "warn")
