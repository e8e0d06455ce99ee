"""Asking before much is changed: only where somebody can answer."""

import sys

import click

from corgea_tui.cli.session import CommandContext
from corgea_tui.client.errors import Failed, Usage


def confirm(session: CommandContext, question: str, *, yes: bool) -> None:
    """Go on after a yes; `Failed` after a no; `Usage` when nobody can be asked."""
    if yes:
        return
    if not (sys.stdin.isatty() and session.out.err_terminal):
        raise Usage(f"{question} There is nobody to ask: say so with --yes")
    if not click.confirm(question, err=True):
        raise Failed("nothing was changed")
