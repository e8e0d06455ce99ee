"""`restore`: a backup becomes the database."""

import sys
from pathlib import Path

import click

from daemon.cli.errors import CommandProblem
from daemon.cli.root import file_argument, verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock


@verb("restore", example="corgea-daemon stop\ncorgea-daemon restore /srv/backups/corgea.db")
@click.argument("file", type=file_argument)
def restore(*, paths: Paths, file: Path) -> None:
    """Put the backup FILE in the database's place, while no daemon runs.

    The backup is checked first: that it is whole, not of a newer version, and that the key file
    opens it. The database that was there is kept beside it. Deliveries that waited when the backup
    was made are sent at the next start, though they may have been sent since.
    """
    from daemon.store.cipher import KeyProblem
    from daemon.store.database import StoreProblem
    from daemon.store.offline import restore_from

    paths.make()
    with Lock.take(paths.lock):
        try:
            restored = restore_from(file, paths.database, paths.key)
        except (StoreProblem, KeyProblem) as error:
            raise CommandProblem(f"{error}; nothing was changed") from error
    if restored.kept is not None:
        print(f"the database that was there is now {restored.kept}", file=sys.stderr)
    print(f"{paths.database} is restored; {restored.waiting:,} deliveries wait", file=sys.stderr)
