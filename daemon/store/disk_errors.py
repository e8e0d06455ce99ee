"""What a failed statement says about the disk, rather than about whoever ran it."""

import sqlite3
from enum import Enum

from daemon.protocol.refusal import Refusal, unavailable


class DiskError(Enum):
    """Why nothing at all can be written just now."""

    FULL = "full"
    """The disk has no room. Passes when there is some."""
    LOCKED = "locked"
    """Another program holds the database. Passes when it lets go."""
    BROKEN = "broken"
    """The disk gave an error that leaves the state of a commit unknown. Does not pass."""


_BY_CODE = {
    sqlite3.SQLITE_FULL: DiskError.FULL,
    sqlite3.SQLITE_BUSY: DiskError.LOCKED,
    sqlite3.SQLITE_LOCKED: DiskError.LOCKED,
    sqlite3.SQLITE_IOERR: DiskError.BROKEN,
    sqlite3.SQLITE_CORRUPT: DiskError.BROKEN,
    sqlite3.SQLITE_NOTADB: DiskError.BROKEN,
    sqlite3.SQLITE_READONLY: DiskError.BROKEN,
    sqlite3.SQLITE_CANTOPEN: DiskError.BROKEN,
}


def disk_error_of(error: Exception) -> DiskError | None:
    """The trouble behind an error; None when it is the statement's own."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else _BY_CODE.get(code & 0xFF)


def refusal_of(trouble: DiskError) -> Refusal:
    """What callers are told meanwhile."""
    if trouble is DiskError.FULL:
        return unavailable("the disk is full; free some space, nothing was accepted", 5)
    if trouble is DiskError.LOCKED:
        return unavailable("another program has locked the database; close it")
    return unavailable("the store failed; the daemon stops")
