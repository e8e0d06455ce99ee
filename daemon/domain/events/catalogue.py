"""The event types there are, and the words that their fields are made of (rules.md §1)."""

from collections.abc import Iterable

import msgspec

STATUSES = ("open", "fixed", "false_positive", "accepted_risk", "fix_in_progress", "duplicate")
"""What the status of an issue can be."""

URGENCIES = ("CR", "HI", "ME", "LO")
"""Critical, high, medium, low."""

ENGINE = "corgea-blast"
UPLOADED_ENGINES = ("checkmarx", "codeql", "coverity", "fortify", "semgrep", "snyk")
ENGINES = (ENGINE, *UPLOADED_ENGINES)
"""Corgea's own scanner, and those whose reports are uploaded."""

SCAN_TYPES = ("full", "partial")
"""What a scan looks at; null where that is not known."""


class CatalogueEntry(msgspec.Struct, frozen=True):
    """An entry of the catalogue. A reserved type is made by the daemon, never by a producer."""

    name: str
    description: str
    reserved: bool = False


EVENT_TYPES = (
    CatalogueEntry(
        "issue.status_changed", "An issue's status was updated, e.g. from open to fixed"
    ),
    CatalogueEntry("issue.assigned", "An issue was assigned to someone, or to nobody"),
    CatalogueEntry("scan.started", "A security scan has begun"),
    CatalogueEntry("scan.completed", "A scan has finished"),
    CatalogueEntry("scan.failed", "A scan met an error and ended"),
    CatalogueEntry("user.login", "A user has logged in"),
    CatalogueEntry("user.login_failed", "An attempt to log in has failed"),
    CatalogueEntry("webhook.test", "Sent by Test to a single webhook", reserved=True),
)
"""The built-in types, in the order in which they are shown."""

BUILT_IN = frozenset(entry.name for entry in EVENT_TYPES)


def known_types(declared: Iterable[str] = ()) -> frozenset[str]:
    """What may be sent and subscribed to: the built-in types and those that settings declare."""
    return frozenset(entry.name for entry in EVENT_TYPES if not entry.reserved).union(declared)
