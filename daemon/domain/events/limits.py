"""What events must be like, for reading them and for saying what is wrong (rules.md §1)."""

import re

import msgspec

from daemon.domain.problems import FieldError

TEST_TYPE = "webhook.test"
"""Made by Test only; no producer may send it."""

EVENT_ID = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
"""What an event id is made of."""

LONGEST_PROJECT = 500
"""Characters of a project's id or name. What is longer counts as absent: no filter could name it,
and every delivery of the event, with its indexes, would hold a copy."""

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALL_SQUARE = bytes.maketrans(b"{}", b"[]")


class EventLimits(msgspec.Struct, frozen=True):
    """What an event may measure: bytes as sent, and levels of nesting (the event itself is one)."""

    max_bytes: int = 256 * 1024
    max_depth: int = 64


class InvalidEvent(Exception):
    """An event that is refused: `status` is 400 (not JSON), 413 (too large) or 422 (invalid).

    `errors` names everything that is wrong, each under its field; `event` stands for the whole.
    """

    def __init__(self, status: int, title: str, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.message}" for error in errors))
        self.status = status
        self.title = title
        self.errors = errors


def is_deeper(raw: bytes, levels: int) -> bool:
    """Whether JSON nests deeper than `levels`. Takes time linear in the size of `raw`."""
    if raw.count(b"{") + raw.count(b"[") <= levels:
        return False
    brackets = _STRINGS.sub(b"", raw).translate(_ALL_SQUARE, _NO_BRACKETS)
    for _ in range(levels):
        brackets = brackets.replace(b"[]", b"")  # takes off the innermost level
    return bool(brackets)
