"""The argument that names a webhook, with completion of the names that exist."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from corgea_tui.cli.complete import webhook_names

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
