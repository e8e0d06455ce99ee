"""`run`: executes a command line and returns its exit code."""

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

import click

from daemon.cli.root import FAILED, INTERRUPTED, PROGRAM, CommandProblem, root
from daemon.protocol.paths import PathProblem
from daemon.runtime.lock import LockHeld


def run(args: Sequence[str]) -> int:
    """Execute `args` and return the exit code (interfaces.md). Errors are printed on stderr."""
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
        # The reader has closed the output: print nothing more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (LockHeld, PathProblem, OSError) as error:
        CommandProblem(_message(error)).show()
        return FAILED
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Make stdout and stderr writable, also closed ones and terminals without Unicode."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed: `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # kept
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals without an “…”


def _message(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
