"""`backup`: a copy of the database."""

import json
import sys
from pathlib import Path

import click

from daemon.cli.control import call
from daemon.cli.errors import CommandProblem, Unreachable
from daemon.cli.root import file_argument, verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock, holder

_PATIENCE = 3600.0
"""Seconds that a running daemon may take to copy a large store."""


@verb("backup", example="corgea-daemon backup /srv/backups/corgea-$(date +%F).db")
@click.argument("file", type=file_argument)
def backup(*, paths: Paths, file: Path) -> None:
    """Copy the database to FILE, which must not exist; the daemon may run meanwhile.

    The key that opens what is secret in it is not copied: keep the key file too, elsewhere.
    """
    target = file.absolute()
    try:
        answer = json.loads(
            call(paths, "POST", "/v1/daemon/backup", {"path": str(target)}, patience=_PATIENCE)
        )
        size = int(answer["bytes"])
    except Unreachable:
        if holder(paths.lock) is not None:
            raise
        size = _copy(paths, target)
    print(f"{target}: {size:,} bytes", file=sys.stderr)
    print(f"the key is not in it; keep {paths.key} too, elsewhere", file=sys.stderr)


def _copy(paths: Paths, target: Path) -> int:
    """Copy while no daemon runs."""
    from daemon.store.migrate import copy

    if not paths.database.exists():
        raise CommandProblem(f"there is no database {paths.database}")
    if target.exists():
        raise CommandProblem(f"{target} exists already; name a new file")
    with Lock.take(paths.lock):
        copy(paths.database, target)
    return target.stat().st_size
