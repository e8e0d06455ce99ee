"""Runs a command line and turns however it ends into an exit code and a message on stderr."""

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click
import msgspec

from corgea_tui.cli.complete import COMPLETE
from corgea_tui.cli.root import root
from corgea_tui.cli.session import Session
from corgea_tui.errors import DONE, INTERRUPTED, CommandError, Failed, Refused
from corgea_tui.lean_client import not_understood
from corgea_tui.output import Output, show

PROGRAM = "corgea-tui"


def run(args: Sequence[str]) -> int:
    """Carry out `args`; the exit code of interfaces.md."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller: `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # kept
        getattr(sys, name).reconfigure(errors="replace")  # for terminals without a ✔
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    session = Session()
    try:
        return _carry_out(list(args), session)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\n" if sys.stderr.isatty() else "")
        return INTERRUPTED
    except BrokenPipeError:
        _mute()
        return DONE
    except (CommandError, click.ClickException, msgspec.MsgspecError, OSError) as error:
        return _explained(session.out, error)
    finally:
        session.close()


def _explained(out: Output, error: Exception) -> int:
    """Say what went wrong; the exit code for it."""
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    if isinstance(error, msgspec.MsgspecError):
        error = not_understood(error)
    if isinstance(error, OSError):
        error = Failed(_said(error))
    if isinstance(error, CommandError):
        _complain(out, error)
        return error.exit_code
    raise error


def _carry_out(args: list[str], session: Session) -> int:
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(root, {"obj": session}, PROGRAM, COMPLETE, instruction)
    try:
        with root.make_context(PROGRAM, args, obj=session) as ctx:
            root.invoke(ctx)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        sys.stdout.flush()
        return end.exit_code
    return DONE


def _complain(out: Output, error: CommandError) -> None:
    """One line for what went wrong, one for each field, one for what to do."""
    out.note(f"{out.paint_err(PROGRAM + ':', 'bad')} {show(error.message)}")
    if isinstance(error, Refused):
        for field in error.fields:
            out.note(f"  {out.paint_err(show(field.field), 'strong')}: {show(field.message)}")
    for line in error.advice.splitlines():
        out.note(f"  {show(line)}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: what it set up is taken down."""
    raise KeyboardInterrupt


def _mute() -> None:
    """The reader of our pipe is gone: nothing more to say, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: OSError) -> str:
    name = f"{show(error.filename)}: " if error.filename else ""
    return f"{name}{error.strerror or error}"
