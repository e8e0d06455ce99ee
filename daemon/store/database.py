"""Reads the store in threads beside the event loop, and the values of `meta`."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from peewee import SqliteDatabase

from daemon.store.dialect.sqlite import (
    SqlErrors,
    connection_of,
    execute,
    open_reader,
    open_writer,
    stop_when,
    text_of,
)
from daemon.store.errors import QueryTooLong
from daemon.store.models import MetaModel

__all__ = [
    "Database",
    "Readers",
    "SqlErrors",
    "connection_of",
    "execute",
    "meta_value",
    "open_writer",
]

T = TypeVar("T")

READERS = 2
QUERY_SECONDS = 10.0
"""A query that takes longer is ended, and its caller gets QueryTooLong."""

Database = SqliteDatabase
"""An open store, for modules that pass it on without importing Peewee."""


_META_VALUE = text_of(MetaModel.select(MetaModel.value).where(MetaModel.key == ""))


def meta_value(db: SqliteDatabase, key: str) -> str | None:
    """The value of a key of `meta`."""
    row = execute(db, _META_VALUE, (key,)).fetchone()
    return None if row is None else row[0]


def last_seq(db: SqliteDatabase) -> int:
    """The number of the last committed change; 0 before the first."""
    return int(meta_value(db, "seq") or 0)


class Readers:
    """Threads for read queries, each with a connection of its own.

    One thread is for queries that scan many rows, so that other queries do not wait for them.
    """

    def __init__(self, path: Path, threads: int = READERS) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[SqliteDatabase] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._slow_pool = ThreadPoolExecutor(1, thread_name_prefix="searcher")

    async def run(
        self,
        query: Callable[[SqliteDatabase], T],
        *,
        slow: bool = False,
        seconds: float | None = QUERY_SECONDS,
    ) -> T:
        """Run `query` in one read transaction, so that it reads one consistent state.

        `slow`: it reads row by row, as free text does; one such query runs at a time. `seconds` is
        how long it may take. Raises QueryTooLong.
        """
        pool = self._slow_pool if slow else self._pool
        read = partial(self._read, query, seconds)
        return await asyncio.get_running_loop().run_in_executor(pool, read)

    def _read(self, query: Callable[[SqliteDatabase], T], seconds: float | None) -> T:
        db = self._connection()
        until = None if seconds is None else time.monotonic() + seconds
        self._local.until = until
        execute(db, "BEGIN")
        try:
            return query(db)
        except SqlErrors:
            if seconds is not None and self._is_late():
                raise QueryTooLong(seconds) from None
            raise
        finally:
            self._local.until = None
            execute(db, "ROLLBACK")

    def _is_late(self) -> bool:
        """Whether this thread's query has used up its time; then SQLite ends it."""
        until = self._local.until
        return until is not None and time.monotonic() > until

    def _connection(self) -> SqliteDatabase:
        db: SqliteDatabase | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = open_reader(self._path)
            stop_when(db, self._is_late)
            self._opened.append(db)
        return db

    def close(self) -> None:
        """Wait for queries that run, then close the connections."""
        for pool in (self._pool, self._slow_pool):
            pool.shutdown(wait=True, cancel_futures=True)
        for db in self._opened:
            db.close()
