"""All SQL that only SQLite understands: its settings, its errors, and statements over many rows.

The rest of the store uses Peewee's models, so a second engine needs a file like this one.

A statement releases the GIL several times, and beside a busy event loop the writer's thread waits
each time before it gets the GIL again. So the number of statements in a batch matters, not that of
rows. Rows are padded to the next power of two with rows that match nothing, so that few statements
are prepared. Their text is made once, because sqlite3 looks it up by its hash each time.
"""

from __future__ import annotations  # Peewee's classes take type arguments in its stubs alone

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Any, cast

from peewee import (
    SQL,
    Cast,
    Field,
    Model,
    ModelSelect,
    Node,
    NodeList,
    PeeweeException,
    SelectBase,
    SqliteDatabase,
)

from daemon.store.errors import StoreProblem

OLDEST_SQLITE = (3, 35, 0)
"""The first version with UPDATE … FROM and RETURNING, which the store uses."""
_COMMON = {"cache_size": -8_000, "temp_store": "memory", "busy_timeout": 5_000}
_LOOK = 500_000
"""Steps of SQLite's virtual machine (some 50 ms) between checks of the time; each takes the GIL."""
_MOST_ROWS = 256

Row = tuple[Any, ...]
"""Its first value is the number of a row, above 0."""

SqlErrors = (PeeweeException, sqlite3.Error)
"""Errors of Peewee, and of statements that bypass it."""


# Opening


def open_writer(path: Path) -> SqliteDatabase:
    """Open the one connection that writes, and check that its commits are durable.

    `synchronous=FULL` is read back: the answer "accepted" relies on it (architecture.md). Only this
    connection checkpoints: before SQLite 3.51.3, two concurrent checkpoints can corrupt the log.
    Raises StoreProblem.
    """
    check_version()
    db = _database(
        path,
        {
            **_COMMON,
            "cache_size": -64_000,
            "journal_mode": "wal",
            "synchronous": "full",
            "foreign_keys": 0,
            "wal_autocheckpoint": 2_000,
            "journal_size_limit": 64 * 1024 * 1024,
        },
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
    db = _database(path, {**_COMMON, "query_only": 1})
    db.connect()
    return db


def check_version() -> None:
    """Refuse an SQLite that lacks what the store needs."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise StoreProblem(
            f"SQLite {sqlite3.sqlite_version} is too old, {needed} or later is needed;"
            " use a newer Python or system",
        )


def execute(db: SqliteDatabase, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
    """Run plain SQL on Peewee's connection, typed."""
    return cast(sqlite3.Cursor, db.execute_sql(sql, params))


def connection_of(db: SqliteDatabase) -> sqlite3.Connection:
    """Peewee's own connection, typed."""
    return cast(sqlite3.Connection, db.connection())


def stop_when(db: SqliteDatabase, is_over: Callable[[], bool]) -> None:
    """End a query of this connection soon after `is_over` has become true."""
    connection_of(db).set_progress_handler(is_over, _LOOK)


def _database(path: Path, pragmas: Mapping[str, Any], **options: Any) -> SqliteDatabase:
    _adapt_quickly()
    # The writer's thread takes the connection over from the one that opened it.
    return SqliteDatabase(
        str(path), pragmas=dict(pragmas), check_same_thread=False, thread_safe=False, **options
    )


def _adapt_quickly() -> None:
    """Give sqlite3 adapters for None and bytes.

    Before it binds a value, it looks up an adapter, and raises and drops an exception when there is
    none: a quarter of the time of a statement. The lookup in an empty dict returns None without a
    call of a Python function.
    """
    empty: dict[None, None] = {}
    sqlite3.register_adapter(type(None), empty.get)
    sqlite3.register_adapter(bytes, bytes)


# Errors and integrity


class DiskError(Enum):
    """Why the database cannot be written now."""

    FULL = "full"
    """The disk is full. It passes when there is space."""
    LOCKED = "locked"
    """Another program has locked the database. It passes when that program unlocks it."""
    BROKEN = "broken"
    """A disk error leaves the state of a commit unknown. It does not pass."""


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


def disk_error_of(error: BaseException) -> DiskError | None:
    """The state of the disk behind an error; None when the statement itself is wrong."""
    below = error.__context__ if isinstance(error, PeeweeException) else error
    code = getattr(below, "sqlite_errorcode", None)
    return None if code is None else _BY_CODE.get(code & 0xFF)


def tables(db: SqliteDatabase) -> list[str]:
    """The names of all tables."""
    found = execute(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [row[0] for row in found]


def damage(db: SqliteDatabase, table: str) -> str | None:
    """The damage of a table and its indexes, or None.

    It checks one table at a time, so that a read transaction does not block checkpoints for long.
    """
    try:
        found = execute(db, f'PRAGMA quick_check("{table}")').fetchone()[0]
    except SqlErrors as error:
        return str(error)
    return None if found == "ok" else str(found)


def used_bytes(db: SqliteDatabase) -> int:
    """Bytes of the database in use, without free pages."""
    pages, free, size = (
        execute(db, f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def left_uncleanly(path: Path) -> bool:
    """Whether the last process did not close the database. Call it before opening."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


# Pieces of queries


def indexed_by(model: type[Model], index: str | None) -> Node | type[Model]:
    """A table that is read by this index only; with None, SQLite chooses."""
    return model if index is None else NodeList((model, SQL(f"INDEXED BY {index}")))


def count_rows(db: SqliteDatabase, query: ModelSelect[Any]) -> int:
    """How many rows a query finds. Peewee's `count` wraps it in two more queries."""
    sql, params = query.sql()
    return int(execute(db, f"SELECT count(*) FROM ({sql})", params).fetchone()[0])  # noqa: S608  # Peewee's


def text_of(query: SelectBase) -> str:
    """The SQL of a query with a mark for each value, in the order of the text.

    Peewee takes longer to make a text than SQLite to read a page with it. So the text of a query
    whose shape stays the same is made once.
    """
    return str(query.sql()[0])


def as_list(values: Sequence[Any]) -> SQL:
    """Values for `IN` as one piece: Peewee's way takes some µs for each."""
    return SQL(f"({','.join('?' * len(values))})", values)


def as_text(field: Field[Any]) -> Cast:
    """Bytes as UTF-8 text; other bytes are accepted too."""
    return Cast(field, "TEXT")


# Statements over many rows


class Insert:
    """INSERT of many rows. Where the key exists, the value of `add_to` is added to the row's."""

    def __init__(
        self, model: type[Model], fields: Sequence[Field[Any]], add_to: Field[Any] | None = None
    ) -> None:
        tail = ""
        if add_to is not None:
            key = ", ".join(_name(field) for field in _key_of(model))
            n = _name(add_to)
            tail = f"ON CONFLICT ({key}) DO UPDATE SET {n} = {n} + excluded.{n}"
        names = ", ".join(map(_name, fields))
        self._bulk = _Bulk(
            f"INSERT INTO {_table(model)} ({names}) SELECT * FROM (VALUES ",  # noqa: S608  # our own names
            len(fields),
            f") WHERE column1 > 0 {tail}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`, their values in the order of the fields."""
        self._bulk.run(connection, rows)


class Update:
    """UPDATE of many rows of a table, each with its own values.

    A row is changed where its `keys` have the values that come first, and `where` holds. The fields
    `sets` get the values that follow; those of `newest` only when the value is greater (0: leave
    it). `fixed` gives fields the same SQL in every row.
    """

    def __init__(
        self,
        model: type[Model],
        keys: Sequence[Field[Any]],
        sets: Sequence[Field[Any]],
        *,
        newest: Sequence[Field[Any]] = (),
        fixed: Mapping[Field[Any], str] | None = None,
        where: str = "",
    ) -> None:
        numbered = enumerate([*keys, *sets, *newest], 1)
        value = {field: f"v.column{n}" for n, field in numbered}
        assigned = [f"{_name(field)} = {value[field]}" for field in sets]
        for field in newest:
            name = _name(field)
            assigned.append(f"{name} = nullif(max(ifnull({name}, 0), {value[field]}), 0)")
        assigned += [f"{_name(field)} = {sql}" for field, sql in (fixed or {}).items()]
        self._bulk = _Bulk(
            f"UPDATE {_table(model)} SET {', '.join(assigned)} FROM (VALUES ",  # noqa: S608  # our own names
            len(value),
            f") AS v WHERE {_matching(model, keys, where)}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Update `rows`, their values in the order of keys, sets and newest; how many matched."""
        return self._bulk.run(connection, rows)


class Matching:
    """The rows of a table whose `keys` have given values, and for which `where` holds."""

    def __init__(self, model: type[Model], keys: Sequence[Field[Any]], where: str) -> None:
        table = _table(model)
        self._bulk = _Bulk(
            f"SELECT group_concat({table}.id) FROM {table}, (VALUES ",  # noqa: S608  # our own names
            len(keys),
            f") AS v WHERE {_matching(model, keys, where)}",
        )

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> set[int]:
        """The ids. SQLite returns them as one text, since each row of a result costs a step."""
        found: set[int] = set()
        for cursor in self._bulk.cursors(connection, rows):
            ids: str | None = cursor.fetchone()[0]
            found.update(map(int, ids.split(",") if ids else ()))
        return found


class _Bulk:
    """A statement over any number of rows of values."""

    def __init__(self, head: str, width: int, tail: str) -> None:
        self._head = head
        self._row = "(" + ",".join("?" * width) + ")"
        self._tail = tail
        self._filler = (0,) * width
        self._texts: dict[int, str] = {}

    def run(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> int:
        """Execute it; returns how many rows were changed."""
        return sum(cursor.rowcount for cursor in self.cursors(connection, rows))

    def cursors(
        self, connection: sqlite3.Connection, rows: Sequence[Row]
    ) -> Iterator[sqlite3.Cursor]:
        """Execute it, for up to `_MOST_ROWS` rows at once."""
        for start in range(0, len(rows), _MOST_ROWS):
            part = rows[start : start + _MOST_ROWS]
            missing = padding(len(part))
            values = chain(chain.from_iterable(part), self._filler * missing)
            yield connection.execute(self._text(len(part) + missing), tuple(values))

    def _text(self, rows: int) -> str:
        text = self._texts.get(rows)
        if text is None:
            text = self._head + ",".join([self._row] * rows) + self._tail
            self._texts[rows] = text
        return text


def in_list(head: str, values: Sequence[Any], filler: Any, tail: str = "") -> tuple[str, Row]:
    """`HEAD (?, …) TAIL` with its parameters; `filler` matches nothing."""
    missing = padding(len(values))
    marks = ",".join("?" * (len(values) + missing))
    return f"{head} ({marks}){tail}", (*values, *[filler] * missing)


def padding(n: int) -> int:
    """The difference to the next power of two."""
    return (1 << max(0, n - 1).bit_length()) - n


def _matching(model: type[Model], keys: Sequence[Field[Any]], where: str) -> str:
    table = _table(model)
    conditions = [f"{table}.{_name(key)} = v.column{n}" for n, key in enumerate(keys, 1)]
    return " AND ".join([*conditions, *([where] if where else [])])


def _table(model: type[Model]) -> str:
    return str(model._meta.table_name)  # noqa: SLF001  # Peewee's public name for it


def _name(field: Field[Any]) -> str:
    return str(field.column_name)


def _key_of(model: type[Model]) -> tuple[Field[Any], ...]:
    return tuple(model._meta.get_primary_keys())  # noqa: SLF001  # Peewee's public name for it
