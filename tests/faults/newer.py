"""`python -m tests.faults.newer MIGRATION VERB…`: the daemon of a later version.

It has a migration more (`fine`, or `broken` at its end), knows a protocol more, and says more than
today's clients know.
"""

import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from daemon import protocol
from daemon.__main__ import main
from daemon.api import health
from daemon.store.maintenance import migrate

NEXT = "0002_next"
_STATEMENTS = {
    "fine": (
        "ALTER TABLE webhooks ADD COLUMN owner TEXT",
        "CREATE TABLE owners (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
        "UPDATE webhooks SET owner = 'nobody'",
    ),
    "broken": (
        "ALTER TABLE webhooks ADD COLUMN owner TEXT",
        "UPDATE deliveries SET nowhere = 1",
    ),
}
_FILE = '''"""A migration of a later version."""


def up(migrator, db):
    """Go on from the tables of before."""
    for statement in {statements!r}:
        db.execute_sql(statement)
'''


def _migrations(folder: Path, which: str) -> Path:
    """Today's migrations, and one more."""
    with resources.as_file(resources.files("daemon.store") / "migrations") as today:
        for file in today.glob("*.py"):
            shutil.copy(file, folder)
    (folder / f"{NEXT}.py").write_text(_FILE.format(statements=_STATEMENTS[which]))
    return folder


class _LaterInfo(protocol.DaemonInfo, kw_only=True):
    """What a later daemon says of itself."""

    temperament: str = "calm"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        migrations = _migrations(Path(made), sys.argv.pop(1))

        def _runner(db: Any) -> Runner:
            return Runner(db, str(migrations))

        migrate._runner = _runner
        health.API_MAX = protocol.API_MAX + 1  # type: ignore[attr-defined]
        health.DaemonInfo = _LaterInfo  # type: ignore[attr-defined,misc]
        main()
