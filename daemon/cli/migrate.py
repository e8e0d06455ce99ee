"""`migrate`: bring the database to this version's tables, as a start does."""

import sys

from daemon.cli.errors import CommandProblem
from daemon.cli.root import verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock


@verb("migrate", example="corgea-daemon migrate")
def migrate_verb(*, paths: Paths) -> None:
    """Bring the database to this version's tables; a start does the same by itself.

    A copy of what was there is kept beside it.
    """
    from daemon.store.database import StoreProblem
    from daemon.store.offline import migrate_store

    if not paths.database.exists():
        raise CommandProblem(f"there is no database {paths.database}")
    with Lock.take(paths.lock):
        try:
            applied = migrate_store(paths.database)
        except StoreProblem as error:
            raise CommandProblem(str(error)) from error
    for name in applied:
        print(name)
    print("migrated" if applied else "nothing to do", file=sys.stderr)
