"""Carries a command line out and turns every way in which it can end into an exit code."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import click

from daemon.cli.errors import FAILED, INTERRUPTED, CommandProblem
from daemon.cli.root import PROGRAM, root
from daemon.protocol.paths import PathProblem
from daemon.runtime.lock import LockHeld


def run(args: Sequence[str]) -> int:
    """Carry out `args`; the exit code (interfaces.md). What went wrong is said on stderr."""
    _prepare_streams()
    try:
        code = root.main(list(args), PROGRAM, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more is to be said, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (LockHeld, PathProblem, OSError) as error:
        CommandProblem(_said(error)).show()
        return FAILED
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Be able to write whatever the caller made of stdout and stderr."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed: `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # kept
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without an “…”


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
