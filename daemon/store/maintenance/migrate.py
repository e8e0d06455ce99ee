"""Migrates a store to the present tables, after a copy of it.

Peewee's runner applies the files of `daemon/store/migrations/` in order and records their names.
A new column is a field of the model and one more file, which is never changed once it is released:

    # migrations/0003_note_of_a_delivery.py
    '''A note of a delivery, which the API sets.'''

    from peewee import TextField


    def up(migrator, db):
        '''Add the column.'''
        migrator.migrate(migrator.add_column("deliveries", "note", TextField(null=True)))
"""

import logging
import os
import sqlite3
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from peewee import SqliteDatabase
from playhouse.migrations import Runner

from daemon.store.dialect.sqlite import connection_of
from daemon.store.errors import StoreProblem
from daemon.util import failpoints

log = logging.getLogger(__name__)


def pending(db: SqliteDatabase) -> list[str]:
    """The names of the migrations that are not applied yet."""
    return [m.name for m in _runner(db).status() if m.applied is None]


def migrate(db: SqliteDatabase, path: Path) -> Sequence[str]:
    """Apply missing migrations in order, each in a transaction; returns their names.

    A store that has tables is copied to `PATH.before-NAME` first. A store of a newer version is
    refused.
    """
    runner = _runner(db)
    status = runner.status()
    if unknown := [m.name for m in status if m.path is None]:
        raise StoreProblem(
            f"{path} was made by a newer version (it has {unknown[-1]}); upgrade corgea-daemon,"
            " or restore the backup made before the upgrade",
        )
    missing = [m.name for m in status if m.applied is None]
    if not missing:
        return []
    if len(missing) < len(status):
        copy(path, path.with_name(f"{path.name}.before-{missing[0]}"))
    failpoints.hit("migrate.copied")
    log.info("migrating %s: %s", path, ", ".join(missing))
    failpoints.statements(connection_of(db), "migrate.statement")
    applied = [str(name) for name in runner.up()]
    failpoints.hit("migrate.done")
    return applied


def copy(path: Path, target: Path) -> None:
    """Copy a database in its present state, readable only by its owner. Raises OSError.

    The copy gets its name when it is complete; a crash in between leaves `TARGET.part`. A link or
    file that another user has put there, in a folder open to them, is neither followed nor written.
    """
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    source, backup = sqlite3.connect(path), sqlite3.connect(part)
    try:
        source.backup(backup, **failpoints.steps("backup.middle"))
    except BaseException:
        part.unlink()
        raise
    finally:
        source.close()
        backup.close()
    failpoints.hit("backup.written")
    part.replace(target)


def _runner(db: SqliteDatabase) -> Runner:
    return Runner(db, str(resources.files("daemon.store") / "migrations"))
