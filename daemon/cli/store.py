"""Verbs on the database: `backup`, `restore`, `migrate` and `rotate-key`.

A running daemon makes a backup itself. The other verbs take its lock, so it must be stopped.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from daemon.cli.control import call
from daemon.cli.root import CommandProblem, DaemonUnreachable, file_argument, verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock, holder

_BACKUP_SECONDS = 3600.0
"""Seconds that a running daemon may take to copy a large database."""


@verb("backup", example="corgea-daemon backup /srv/backups/corgea-$(date +%F).db")
@click.argument("file", type=file_argument)
def backup(*, paths: Paths, file: Path) -> None:
    """Copy the database to FILE, which must not exist; the daemon may run meanwhile.

    It does not copy the key that decrypts the secrets. Keep the key file too, in another place.
    """
    target = file.absolute()
    try:
        answer = call(paths, "POST", "/v1/daemon/backup", {"path": str(target)}, _BACKUP_SECONDS)
        size = int(json.loads(answer)["bytes"])
    except DaemonUnreachable:
        if holder(paths.lock) is not None:
            raise
        size = _copy(paths, target)
    print(f"{target}: {size:,} bytes", file=sys.stderr)
    print(f"the key is not in the backup; keep a copy of {paths.key}, elsewhere", file=sys.stderr)


def _copy(paths: Paths, target: Path) -> int:
    """Copy while no daemon runs."""
    from daemon.store.maintenance.migrate import copy

    if target.exists():
        raise CommandProblem(f"{target} exists already; name a new file")
    with _stopped_store(paths):
        copy(paths.database, target)
    return target.stat().st_size


@verb("restore", example="corgea-daemon stop\ncorgea-daemon restore /srv/backups/corgea.db")
@click.argument("file", type=file_argument)
def restore(*, paths: Paths, file: Path) -> None:
    """Replace the database with the backup FILE, while no daemon runs.

    It first checks that the backup is complete and not of a newer version, and that the key file
    opens it. It keeps the present database beside it. Deliveries that waited when the backup was
    made are sent at the next start, although they may have been sent since.
    """
    from daemon.store.cipher import KeyProblem
    from daemon.store.errors import StoreProblem
    from daemon.store.maintenance.offline import restore_from

    paths.make()
    with Lock.take(paths.lock):
        try:
            restored = restore_from(file, paths.database, paths.key)
        except (StoreProblem, KeyProblem) as error:
            raise CommandProblem(f"{error}; nothing was changed") from error
    if restored.kept is not None:
        print(f"the previous database is now {restored.kept}", file=sys.stderr)
    print(f"{paths.database} is restored; {restored.waiting:,} deliveries wait", file=sys.stderr)


@verb("migrate", example="corgea-daemon migrate")
def migrate(*, paths: Paths) -> None:
    """Migrate the database to this version's tables; a start does the same by itself.

    A copy of the database is kept beside it.
    """
    from daemon.store.errors import StoreProblem
    from daemon.store.maintenance.offline import migrate_store

    with _stopped_store(paths):
        try:
            applied = migrate_store(paths.database)
        except StoreProblem as error:
            raise CommandProblem(str(error)) from error
    for name in applied:
        print(name)
    print("migrated" if applied else "nothing to do", file=sys.stderr)


@verb("rotate-key", example="corgea-daemon stop\ncorgea-daemon rotate-key")
@click.option(
    "--forget", is_flag=True, help="Remove the old keys; older backups can then never be read."
)
def rotate_key(*, paths: Paths, forget: bool) -> None:
    """Encrypt all secrets in the database with a new key, while no daemon runs.

    Old keys stay in the key file, so that older backups can be restored. An interrupted run can be
    repeated.
    """
    from daemon.store.cipher import KeyProblem
    from daemon.store.errors import StoreProblem
    from daemon.store.maintenance.offline import rotate

    with _stopped_store(paths):
        try:
            sealed = rotate(paths.database, paths.key, forget=forget)
        except (StoreProblem, KeyProblem) as error:
            raise CommandProblem(str(error)) from error
    print(f"{sealed:,} values are encrypted with a new key", file=sys.stderr)
    print(f"make a new copy of {paths.key}", file=sys.stderr)


@contextmanager
def _stopped_store(paths: Paths) -> Iterator[None]:
    """Hold the daemon's lock over an existing database."""
    if not paths.database.exists():
        raise CommandProblem(
            f"there is no database {paths.database}; the first start of the daemon creates it"
        )
    with Lock.take(paths.lock):
        yield
