"""Opening the store: one connection that writes, a few that can only read."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from peewee import PeeweeException, SqliteDatabase

from daemon.protocol.refusal import Refusal, unavailable

T = TypeVar("T")

log = logging.getLogger(__name__)

OLDEST_SQLITE = (3, 35, 0)
"""RETURNING and UPDATE … FROM are used; both are there from here on."""

READERS = 2
QUERY_SECONDS = 10.0
"""A query that takes longer is ended: whoever asked gets told, nobody else waits for it."""
_LOOK = 500_000
"""Steps of SQLite's machine (some 50 ms) between looks at the time; each look needs the GIL."""

Database = SqliteDatabase
"""An open store, for those who pass it on without knowing Peewee."""

_COMMON = {"cache_size": -8_000, "temp_store": "memory", "busy_timeout": 5_000}


def execute(db: SqliteDatabase, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Run plain SQL on Peewee's connection, typed."""
    return cast(sqlite3.Cursor, db.execute_sql(sql, params))  # type: ignore[no-untyped-call]


def connection_of(db: SqliteDatabase) -> sqlite3.Connection:
    """Peewee's own connection, typed."""
    return cast(sqlite3.Connection, db.connection())  # type: ignore[no-untyped-call]


SqlErrors = (PeeweeException, sqlite3.Error)
"""What goes wrong below: Peewee's own errors, and those of statements that go past it."""


class StoreProblem(Exception):
    """The store cannot be used; the message says what to do. Nothing was changed."""


def check_sqlite() -> None:
    """Refuse an SQLite that lacks what the store needs."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise StoreProblem(
            f"SQLite {sqlite3.sqlite_version} is too old, {needed} or later is needed;"
            " use a newer Python or system",
        )


def open_writer(path: Path) -> SqliteDatabase:
    """Open the one connection that writes, and make sure that a commit is a commit.

    `synchronous=FULL` is read back: an answer "accepted" rests on it (architecture.md). Checkpoints
    belong to this connection alone; before SQLite 3.51.3 two that checkpoint at once can corrupt
    the log.
    """
    check_sqlite()
    db = SqliteDatabase(
        str(path),
        pragmas={
            **_COMMON,
            "cache_size": -64_000,
            "journal_mode": "wal",
            "synchronous": "full",
            "foreign_keys": 0,
            "wal_autocheckpoint": 2_000,
            "journal_size_limit": 64 * 1024 * 1024,
        },
        # The writer's thread takes the connection over from the one that opened it.
        check_same_thread=False,
        thread_safe=False,
        cached_statements=512,
    )
    try:
        db.connect()
        mode = execute(db, "PRAGMA journal_mode").fetchone()[0]
        synchronous = execute(db, "PRAGMA synchronous").fetchone()[0]
    except Exception as error:
        raise StoreProblem(
            f"cannot open {path}: {error}; if the file is damaged, stop here, keep it, and use"
            " `corgea-daemon restore` with a backup",
        ) from error
    if (mode, synchronous) != ("wal", 2):
        db.close()
        raise StoreProblem(
            f"{path} cannot be opened for safe commits (journal {mode}, synchronous"
            f" {synchronous}); put it on a local disk that supports write-ahead logging",
        )
    return db


def open_reader(path: Path) -> SqliteDatabase:
    """Open a connection that can only read."""
    db = SqliteDatabase(
        str(path),
        pragmas={**_COMMON, "query_only": 1},
        check_same_thread=False,
        thread_safe=False,
    )
    db.connect()
    return db


def last_seq(db: SqliteDatabase) -> int:
    """The number of the last committed change (0: none yet)."""
    row = execute(db, "SELECT value FROM meta WHERE key = 'seq'").fetchone()
    return int(row[0]) if row else 0


class Readers:
    """Read queries beside the loop: a few threads, each with a connection of its own.

    One of them is for what looks through much, so that everything else never waits for that.
    """

    def __init__(self, path: Path, threads: int = READERS) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[SqliteDatabase] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="searcher")

    async def run(
        self,
        query: Callable[[SqliteDatabase], T],
        *,
        aside: bool = False,
        seconds: float | None = QUERY_SECONDS,
    ) -> T:
        """Run `query` in one read transaction, so that all it reads is of one moment.

        `aside`: it reads row by row (free text, say), one such query at a time. `seconds` is how
        long it may take; Refusal (503) when it takes longer.
        """
        pool = self._aside if aside else self._pool
        read = partial(self._read, query, seconds)
        return await asyncio.get_running_loop().run_in_executor(pool, read)

    def seq(self, db: SqliteDatabase) -> int:
        """The number of the last change that `db` sees."""
        return last_seq(db)

    def _read(self, query: Callable[[SqliteDatabase], T], seconds: float | None) -> T:
        db = self._connection()
        until = None if seconds is None else time.monotonic() + seconds
        self._local.until = until
        execute(db, "BEGIN")
        try:
            return query(db)
        except SqlErrors:
            if self._is_late():
                raise _took_too_long(seconds) from None
            raise
        finally:
            self._local.until = None
            execute(db, "ROLLBACK")

    def _is_late(self) -> bool:
        """Whether this thread's query has had its time; SQLite ends it when so."""
        until = self._local.until
        return until is not None and time.monotonic() > until

    def _connection(self) -> SqliteDatabase:
        db: SqliteDatabase | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = open_reader(self._path)
            connection_of(db).set_progress_handler(self._is_late, _LOOK)
            self._opened.append(db)
        return db

    def close(self) -> None:
        """Wait for queries that run, then close the connections."""
        for pool in (self._pool, self._aside):
            pool.shutdown(wait=True, cancel_futures=True)
        for db in self._opened:
            db.close()


def _took_too_long(seconds: float | None) -> Refusal:
    return unavailable(
        f"this looks through more of the history than {seconds:g} s allow; narrow it: a span of"
        " time (from, to), a status, a webhook or a project"
    )
