"""Sending many events: from files and stdin, at a rate, with progress."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from corgea_tui.cli.emit.report import EmitReport
from corgea_tui.cli.emit.sending import Line, batches, send_batch, send_one
from corgea_tui.client.errors import Usage
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.text.output import Output

READ = 64 * 1024
WHOLE_LIMIT = 16 * 1024 * 1024
"""The most bytes of a file that is one event over several lines."""
REDRAW_SECONDS = 0.1
BAR = 30


class EmitProgress:
    """A progress bar on stderr, if that is a terminal."""

    def __init__(self, out: Output, total: int | None) -> None:
        """`total` None: unknown, so that only the number is shown."""
        self._out = out
        self._total = total
        self._drawn = 0.0

    def show(self, done: int) -> None:
        """Draw the bar, at most ten times a second."""
        now = time.monotonic()
        if now - self._drawn >= REDRAW_SECONDS:
            self._drawn = now
            self._out.redraw(f"{self._bar(done)}{done:,} events")

    def close(self) -> None:
        """Remove the bar."""
        if self._drawn:
            self._out.redraw("")

    def _bar(self, done: int) -> str:
        if not self._total:
            return ""
        filled = BAR * done // self._total
        return f"{'█' * filled}{'░' * (BAR - filled)}  {100 * done // self._total:3}%  "


def paced(events: Iterable[bytes], rate: float | None) -> Iterator[bytes]:
    """`events`, at most `rate` a second."""
    if rate is None:
        yield from events
        return
    start = time.monotonic()
    for index, event in enumerate(events):
        ahead = start + index / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        yield event


def file_lines(path: str) -> Iterator[bytes]:
    """The lines of a file, or of stdin for `-`, as they arrive; raises `Usage`.

    A file with one JSON object over several lines, such as a documented payload, is one event.
    """
    if path == "-":
        # A thread that waits in the buffer of sys.stdin would block the exit.
        return _lines_of(sys.stdin.fileno())
    try:
        return _events_in(Path(path).open("rb"))  # closed at its end
    except OSError as error:
        raise Usage(f"--file {path}: {error.strerror}") from None


def _events_in(file: BinaryIO) -> Iterator[bytes]:
    with file:
        first = file.readline()
        whole = first if _is_json(first) else first + file.read(WHOLE_LIMIT) + file.readline()
        if whole is not first and _is_json(whole):
            yield whole.replace(b"\n", b" ")  # JSON strings have no line breaks
        else:
            yield from whole.splitlines(keepends=True)
            yield from file


class BusyNotice:
    """Waits while the daemon is busy, and prints a note once."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._printed = False

    def __call__(self, seconds: float) -> None:
        """Wait for `seconds`."""
        if not self._printed:
            self._printed = True
            self._out.note(
                "the daemon is too busy to accept events; trying again (Ctrl-C ends)", "warn"
            )
        time.sleep(seconds)


def send_each(
    client: LeanClient,
    events: Iterable[bytes],
    report: EmitReport,
    progress: EmitProgress,
    pause: Callable[[float], None],
) -> None:
    """Send events one by one, up to the first refused event."""
    for number, event in enumerate(events, 1):
        report.sent(send_one(client, Line(number, event), pause))
        progress.show(number)
    progress.close()


def send_lines(
    client: LeanClient,
    lines: Iterable[bytes],
    report: EmitReport,
    progress: EmitProgress,
    pause: Callable[[float], None],
    *,
    one_by_one: bool,
) -> None:
    """Send each line and report its answer; a refused line does not stop the others."""
    groups = (
        ([Line(at, text)] for at, text in enumerate(lines, 1)) if one_by_one else batches(lines)
    )
    done = 0
    for group in groups:
        for sent in send_batch(client, group, pause):
            report.sent(sent)
        done += len(group)
        progress.show(done)
    progress.close()


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _lines_of(descriptor: int) -> Iterator[bytes]:
    rest = b""
    while piece := os.read(descriptor, READ):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        yield rest
