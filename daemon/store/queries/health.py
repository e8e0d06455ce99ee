"""How large the store is, and whether it needs its key."""

import sqlite3
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase, fn

from daemon.protocol import StoreInfo
from daemon.store.database import meta_value
from daemon.store.models import AUDIT_SEAL, DeliveryModel, EventModel, WebhookModel


def store_info(db: SqliteDatabase, path: Path, problem: str | None = None) -> StoreInfo:
    """The store's figures. Row numbers have no gaps, so rows are counted by the first and last."""
    return StoreInfo(
        url=f"sqlite:///{path}",
        bytes=sum(_size(path.with_name(path.name + end)) for end in ("", "-wal")),
        events=_rows(db, EventModel),
        deliveries=_rows(db, DeliveryModel),
        sqlite_version=sqlite3.sqlite_version,
        problem=problem,
    )


def holds_sealed(db: SqliteDatabase) -> bool:
    """Whether the store has a value that only the key file opens."""
    return WebhookModel.select().exists(db) or meta_value(db, AUDIT_SEAL) is not None


def _rows(db: SqliteDatabase, model: Any) -> int:
    # Two queries: SQLite looks up one end of a table at once, but scans it for both together.
    first, last = (model.select(end(model.id)).scalar(db) for end in (fn.MIN, fn.MAX))
    return 0 if last is None else last - first + 1


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
