"""Event types, the values of their fields, and the limits of an event (rules.md §1)."""

import re
from collections.abc import Iterable

import msgspec

from daemon.domain.problems import FieldError

STATUSES = ("open", "fixed", "false_positive", "accepted_risk", "fix_in_progress", "duplicate")
"""The statuses of an issue."""

URGENCIES = ("CR", "HI", "ME", "LO")
"""Critical, high, medium, low."""

ENGINE = "corgea-blast"
UPLOADED_ENGINES = ("checkmarx", "codeql", "coverity", "fortify", "semgrep", "snyk")
ENGINES = (ENGINE, *UPLOADED_ENGINES)
"""Corgea's own scanner, and those whose reports are uploaded."""

SCAN_TYPES = ("full", "partial")
"""The scope of a scan; null when it is unknown."""


class CatalogueEntry(msgspec.Struct, frozen=True):
    """An entry of the catalogue. Only the daemon makes events of a reserved type."""

    name: str
    description: str
    reserved: bool = False


EVENT_TYPES = (
    CatalogueEntry(
        "issue.status_changed", "An issue's status was updated, e.g. from open to fixed"
    ),
    CatalogueEntry("issue.assigned", "An issue was assigned, or its assignment removed"),
    CatalogueEntry("scan.started", "A security scan has begun"),
    CatalogueEntry("scan.completed", "A scan has finished"),
    CatalogueEntry("scan.failed", "A scan met an error and ended"),
    CatalogueEntry("user.login", "A user has logged in"),
    CatalogueEntry("user.login_failed", "An attempt to log in has failed"),
    CatalogueEntry("webhook.test", "Sent by Test to a single webhook", reserved=True),
)
"""The built-in types, in the order of the catalogue."""

BUILT_IN = frozenset(entry.name for entry in EVENT_TYPES)


def known_types(declared: Iterable[str] = ()) -> frozenset[str]:
    """The types that may be sent and subscribed to: built-in ones and those of the settings."""
    return frozenset(entry.name for entry in EVENT_TYPES if not entry.reserved).union(declared)


TEST_TYPE = "webhook.test"
"""The type that Test sends; a producer may not send it."""

EVENT_ID = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
"""The form of an event id."""

LONGEST_PROJECT = 500
"""Characters of a project's id or name. A longer one counts as absent: a filter cannot name it, and
every delivery of the event, with its indexes, would hold a copy."""

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ALL_SQUARE = bytes.maketrans(b"{}", b"[]")


class EventLimits(msgspec.Struct, frozen=True):
    """The limits of an event: its bytes, and its levels of nesting (the event itself is one)."""

    max_bytes: int = 256 * 1024
    max_depth: int = 64


class InvalidEvent(Exception):
    """A refused event: `status` is 400 (not JSON), 413 (too large) or 422 (invalid).

    `errors` has all errors by field; the field `event` is the event itself.
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
