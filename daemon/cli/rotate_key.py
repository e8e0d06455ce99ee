"""`rotate-key`: encrypt what is secret in the database with a new key."""

import sys

import click

from daemon.cli.errors import CommandProblem
from daemon.cli.root import verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock


@verb("rotate-key", example="corgea-daemon stop\ncorgea-daemon rotate-key")
@click.option("--forget", is_flag=True, help="Drop the old keys: older backups stay shut for ever.")
def rotate_key(*, paths: Paths, forget: bool) -> None:
    """Encrypt all that is secret in the database with a new key, while no daemon runs.

    Old keys stay in the key file, so that older backups can be restored. Cut short, it can be run
    again.
    """
    from daemon.store.cipher import KeyProblem
    from daemon.store.database import StoreProblem
    from daemon.store.offline import rotate

    if not paths.database.exists():
        raise CommandProblem(f"there is no database {paths.database}")
    with Lock.take(paths.lock):
        try:
            sealed = rotate(paths.database, paths.key, forget=forget)
        except (StoreProblem, KeyProblem) as error:
            raise CommandProblem(str(error)) from error
    print(f"{sealed:,} values are encrypted with a new key", file=sys.stderr)
    print(f"make a new copy of {paths.key}", file=sys.stderr)
