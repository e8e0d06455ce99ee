"""The exit code of a run and its message on stderr, for the commands and the app."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import msgspec

from corgea_tui.client.errors import DONE, INTERRUPTED, ClientError, Failed, NotUnderstood, Refused
from corgea_tui.program import PROGRAM
from corgea_tui.text.output import Output
from corgea_tui.text.safe_text import safe_line


def prepare_streams() -> None:
    """Make stdout and stderr writable, also closed ones. Call this before you make `Output`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed: `>&-`
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115  # kept
        getattr(sys, name).reconfigure(errors="replace")  # for terminals without a ✔


def run_to_exit(work: Callable[[], int], out: Output) -> int:
    """Carry out `work`; return its exit code, or the code of interfaces.md for its error."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return work()
    except KeyboardInterrupt:
        sys.stderr.write("\n" if sys.stderr.isatty() else "")
        return INTERRUPTED
    except BrokenPipeError:
        _mute()
        return DONE
    except (ClientError, msgspec.MsgspecError, OSError) as error:
        client_error = _client_error(error)
        _print_error(out, client_error)
        return client_error.exit_code


def _client_error(error: ClientError | msgspec.MsgspecError | OSError) -> ClientError:
    if isinstance(error, msgspec.MsgspecError):
        return NotUnderstood("the daemon's answer", error)
    return Failed(_os_error_text(error)) if isinstance(error, OSError) else error


def _print_error(out: Output, error: ClientError) -> None:
    """Print a line for the error, one for each field, and one for each line of advice."""
    out.note(f"{out.paint_err(PROGRAM + ':', 'bad')} {safe_line(error.message)}")
    if isinstance(error, Refused):
        for field in error.fields:
            out.note(
                f"  {out.paint_err(safe_line(field.field), 'strong')}: {safe_line(field.message)}"
            )
    for line in error.advice.splitlines():
        out.note(f"  {safe_line(line)}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does, so that it cleans up."""
    raise KeyboardInterrupt


def _mute() -> None:
    """Discard further output, also at exit: the reader has closed the pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _os_error_text(error: OSError) -> str:
    name = f"{safe_line(error.filename)}: " if error.filename else ""
    return f"{name}{error.strerror or error}"
