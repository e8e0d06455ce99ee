"""The daemon's log: one line a record, with escapes for what a terminal would interpret."""

import json
import logging
import sys
from collections import deque
from typing import TextIO

from daemon.domain.events.timestamps import from_ms
from daemon.protocol import LogLine
from daemon.util.visible import MESSAGE_LIMIT, visible_line

KEPT = 500
"""Lines that `/v1/log` shows."""

_FRAMES = 3
_LIBRARIES = ("aiohttp", "asyncio", "httpx", "httpcore", "peewee", "watchfiles")
"""Libraries that log only warnings: their other records are not useful here, or hold URLs."""


def line_of(record: logging.LogRecord) -> LogLine:
    """A record as it is printed and kept."""
    message = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        message = f"{message}: {_error(record.exc_info[1])}"
    return LogLine(
        at=from_ms(int(record.created * 1000)),
        level=record.levelname.lower(),
        logger=record.name,
        message=visible_line(message, MESSAGE_LIMIT),
    )


def _error(error: BaseException) -> str:
    """An exception with the lines that raised it, innermost first."""
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_qualname} ({code.co_filename}:{traceback.tb_lineno})")
        traceback = traceback.tb_next
    where = " < ".join(reversed(frames[-_FRAMES:]))
    return f"{type(error).__name__}: {error}" + (f" in {where}" if where else "")


class LogRing(logging.Handler):
    """Keeps the last lines for `/v1/log`."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[tuple[int, LogLine]] = deque(maxlen=KEPT)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self._count += 1
        self._lines.append((self._count, line_of(record)))

    def numbered(self) -> list[tuple[int, LogLine]]:
        """The kept lines, oldest first, each with its number since the start."""
        return list(self._lines)


class LineFormatter(logging.Formatter):
    """One line of text for people, or of JSON for programs."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = line_of(record)
        if self._json:
            fields = {"at": line.at, "level": line.level, "logger": line.logger}
            return json.dumps({**fields, "message": line.message}, ensure_ascii=False)
        return f"{line.at} {line.level:<7} {line.message}"


class Log:
    """The log handlers of a running daemon; `close` removes them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.ring = LogRing()
        self._printed = logging.StreamHandler(stream or sys.stderr)
        self._root = logging.getLogger()
        self._level_before = self._root.level
        for handler in (self.ring, self._printed):
            self._root.addHandler(handler)

    def apply(self, level: str, style: str) -> None:
        """Apply the settings; called again when they change."""
        self._root.setLevel(level.upper())
        for library in _LIBRARIES:
            logging.getLogger(library).setLevel(logging.WARNING)
        self._printed.setFormatter(LineFormatter(style))

    def close(self) -> None:
        """Restore the root logger."""
        for handler in (self.ring, self._printed):
            self._root.removeHandler(handler)
        self._root.setLevel(self._level_before)
