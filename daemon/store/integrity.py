"""Whether a database is sound; checked after an unclean end (architecture.md, Reliability)."""

import sqlite3
from pathlib import Path

from daemon.store.database import Database, execute


def left_uncleanly(path: Path) -> bool:
    """Whether whoever had the database open last did not close it. To be asked before opening."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def tables(db: Database) -> list[str]:
    """The names of all tables."""
    found = execute(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [row[0] for row in found]


def damage(db: Database, table: str) -> str | None:
    """What is wrong with a table and its indexes; None when it is sound.

    One table at a time, so that no read transaction holds the log up for long.
    """
    try:
        found = execute(db, f'PRAGMA quick_check("{table}")').fetchone()[0]
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else str(found)
