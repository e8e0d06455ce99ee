"""Runs a command line and returns its exit code, with click's own errors and all others."""

import os
import sys
from collections.abc import Sequence

import click

from corgea_tui.cli.context import CommandContext
from corgea_tui.cli.root import root
from corgea_tui.client.errors import DONE
from corgea_tui.exit import prepare_streams, run_to_exit
from corgea_tui.program import COMPLETE, PROGRAM


def run(args: Sequence[str]) -> int:
    """Carry out `args`; return the exit code of interfaces.md."""
    prepare_streams()
    context = CommandContext()
    try:
        return run_to_exit(lambda: _by_click(list(args), context), context.out)
    finally:
        context.close()


def _by_click(args: list[str], context: CommandContext) -> int:
    try:
        return _carry_out(args, context)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        error.show()
        return error.exit_code


def _carry_out(args: list[str], context: CommandContext) -> int:
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        from corgea_tui.cli.completion import use_bash

        use_bash()
        return shell_complete(root, {"obj": context}, PROGRAM, COMPLETE, instruction)
    try:
        with root.make_context(PROGRAM, args, obj=context) as ctx:
            root.invoke(ctx)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        sys.stdout.flush()
        return end.exit_code
    return DONE
