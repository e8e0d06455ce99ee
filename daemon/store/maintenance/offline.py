"""Operations on a store while no daemon runs; the caller holds the daemon's lock."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import gmtime, strftime, time_ns
from typing import Any

from peewee import SqliteDatabase

from daemon.protocol.caller import login_of
from daemon.store.audit import BrokenChain, End, append
from daemon.store.cipher import Cipher, read_keys, rotated, write_keys
from daemon.store.database import execute, open_writer
from daemon.store.errors import StoreProblem
from daemon.store.maintenance.audit_check import forward_head, head_file, write_head
from daemon.store.maintenance.migrate import migrate
from daemon.store.models import (
    BodyModel,
    DeliveryModel,
    PastBodyModel,
    RevisionModel,
    WebhookModel,
)

SEALED: tuple[tuple[Any, str], ...] = (
    (WebhookModel.sealed, "webhook"),
    (WebhookModel.previous_secret, "previous"),
    (RevisionModel.sealed, "revision"),
    (BodyModel.sealed, "body"),
    (PastBodyModel.sealed, "past_body"),
)
"""Every column that holds encrypted values, with the kind of its identity."""

_STEP = 500
"""Rows that one transaction encrypts again."""
_TABLES = frozenset({"meta", "webhooks", "events", "deliveries", "attempts"})


@dataclass(frozen=True)
class Restored:
    """The result of a restore: where the old database is kept, how many deliveries wait."""

    kept: Path | None
    waiting: int


def migrate_store(path: Path) -> Sequence[str]:
    """Migrate the database to this version's tables; returns the names of the migrations."""
    with _opened(path) as db:
        return migrate(db, path)


def rotate(path: Path, key: Path, *, forget: bool) -> int:
    """Encrypt every sealed value with a new key; returns how many.

    The new key is written to the file before a value is sealed with it. With `forget`, old keys are
    removed after the last value is sealed. So the file opens the database at every moment.
    """
    with _opened(path) as db:
        migrate(db, path)
        keys = rotated(read_keys(key))
        write_keys(key, keys)
        cipher = Cipher(keys)
        execute(db, "PRAGMA secure_delete = ON")
        count = sum(_reseal(db, cipher, *column) for column in SEALED)
        end = _note(db, cipher, "key.rotate", f"version {cipher.version}")
        with suppress(BrokenChain):  # the file does not change, and the next check reports it
            forward_head(head_file(key), db, end)
        execute(db, "PRAGMA wal_checkpoint(TRUNCATE)")
        if forget:
            write_keys(key, {cipher.version: keys[cipher.version]})
    return count


def restore_from(backup: Path, path: Path, key: Path) -> Restored:
    """Check `backup`, migrate it to this version's tables and replace `path` by it.

    Raises `StoreProblem` or `KeyProblem` before anything is changed.
    """
    draft = path.with_name(f"{path.name}.restoring")
    try:
        _copy_checked(backup, draft)
        with _opened(draft) as db:
            migrate(db, draft)
            _check_key(db, key)
            head = None
            if key.exists():
                head = _note(db, Cipher.from_file(key, make=False), "store.restore", str(backup))
            count = DeliveryModel.select().where(DeliveryModel.status == "pending").count(db)
        kept = _set_aside(path)
        draft.replace(path)
        _sync_folder(path.parent)
        if head is not None:
            write_head(head_file(key), head)
    finally:
        for leftover in path.parent.glob(f"{draft.name}*"):
            leftover.unlink()
    return Restored(kept, count)


def _copy_checked(backup: Path, target: Path) -> None:
    """Copy a backup without changing it; refuse a file that is not a complete store."""
    if not backup.is_file():
        raise StoreProblem(f"there is no file {backup}; name the file of a backup")
    # Without a log beside it, it cannot change; so it may be on a disk that is read-only.
    alone = not backup.with_name(f"{backup.name}-wal").exists()
    uri = f"{backup.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(uri, uri=True)) as db, closing(sqlite3.connect(target)) as new:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            if found == "ok" and tables >= _TABLES:
                db.backup(new)
    except sqlite3.Error as error:
        raise StoreProblem(f"{backup} cannot be read as a database: {error}") from error
    if found != "ok":
        raise StoreProblem(f"{backup} is damaged: {found}")
    if not tables >= _TABLES:
        raise StoreProblem(f"{backup} is not a database of corgea-daemon")


def _check_key(db: SqliteDatabase, key: Path) -> None:
    """Refuse a store that the key file does not open."""
    cipher: Cipher | None = None
    for field, kind in SEALED[:-1]:
        row = field.model._meta.primary_key  # noqa: SLF001  # Peewee's public name for it
        query = field.model.select(row, field).where(field.is_null(False))
        for number, sealed in db.execute(query):
            cipher = cipher or Cipher.from_file(key, make=False)
            cipher.open(sealed, f"{kind}:{number}")


def _set_aside(path: Path) -> Path | None:
    """Rename the database together with its log; returns the new path, or None without one."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.name}.before-restore-{strftime('%Y%m%dT%H%M%SZ', gmtime())}")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(f"{path.name}{suffix}")
        if part.exists():
            part.replace(kept.with_name(f"{kept.name}{suffix}"))
    return kept


def _note(db: SqliteDatabase, cipher: Cipher, action: str, target: str) -> End:
    """Append an audit entry for a command of the command line, and seal the new end."""
    uid = os.getuid()
    entry = (time_ns() // 1_000_000, login_of(uid), uid, action, target, None, None)
    execute(db, "BEGIN IMMEDIATE")
    try:
        end = append(db, cipher, entry)
    except BaseException:
        execute(db, "ROLLBACK")
        raise
    execute(db, "COMMIT")
    return end


def _reseal(db: SqliteDatabase, cipher: Cipher, field: Any, kind: str) -> int:
    """Encrypt one column with the newest key, in steps; returns how many values it has."""
    model, row = field.model, field.model._meta.primary_key  # noqa: SLF001  # Peewee's public name for it
    filled = model.select(row, field).where(field.is_null(False)).order_by(row).limit(_STEP)
    count, last = 0, -1
    while True:
        execute(db, "BEGIN IMMEDIATE")
        try:
            values = list(db.execute(filled.where(row > last)))
            for number, sealed in values:
                identity = f"{kind}:{number}"
                again = cipher.seal(cipher.open(sealed, identity), identity)
                model.update({field: again}).where(row == number).execute(db)
        except BaseException:
            execute(db, "ROLLBACK")
            raise
        execute(db, "COMMIT")
        if not values:
            return count
        count, last = count + len(values), values[-1][0]


@contextmanager
def _opened(path: Path) -> Iterator[SqliteDatabase]:
    """The one connection to a database. Closing it also ends the write-ahead log."""
    db = open_writer(path)
    try:
        yield db
    finally:
        db.close()


def _sync_folder(folder: Path) -> None:
    """Make the new names survive a power cut."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
