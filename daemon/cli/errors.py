"""How commands fail: few ways, each with its exit code (interfaces.md)."""

import sys
from typing import IO, Any

import click

from daemon.util.visible import MESSAGE_LIMIT, visible_line

FAILED = 1
NOT_PERMITTED = 4
UNREACHABLE = 69
INTERRUPTED = 130


class CommandProblem(click.ClickException):
    """A command that could not be carried out; the message says what to do."""

    exit_code = FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it on stderr."""
        print(
            f"corgea-daemon: {visible_line(self.message, MESSAGE_LIMIT)}", file=file or sys.stderr
        )


class Unreachable(CommandProblem):
    """No daemon answers."""

    exit_code = UNREACHABLE


class NotPermitted(CommandProblem):
    """The daemon answers, and the caller's role is not enough."""

    exit_code = NOT_PERMITTED
