"""How large the store is."""

import sqlite3
from pathlib import Path

from peewee import SqliteDatabase

from daemon.protocol import StoreInfo
from daemon.store.database import execute


def store_info(db: SqliteDatabase, path: Path, problem: str | None = None) -> StoreInfo:
    """The store's figures. Rows are counted by their numbers, which have no gaps between."""
    return StoreInfo(
        url=f"sqlite:///{path}",
        bytes=sum(_size(path.with_name(path.name + end)) for end in ("", "-wal")),
        events=_rows(db, "events"),
        deliveries=_rows(db, "deliveries"),
        sqlite_version=sqlite3.sqlite_version,
        problem=problem,
    )


def _rows(db: SqliteDatabase, table: str) -> int:
    sql = f"SELECT (SELECT max(id) FROM {table}) - (SELECT min(id) FROM {table}) + 1"
    found: int | None = execute(db, sql).fetchone()[0]
    return found or 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
