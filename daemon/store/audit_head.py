"""Where the audit ended last, kept outside the database: `corgea.audit`, beside the key file.

A whole older database that is put in the place of today's brings its own sealed end with it, so
nothing inside it can tell. The file holds the number and the hash of the newest entry in plain
text. It moves forward only: where the database lacks the entry it names, it stays as it is, and
every check says so until `restore` or an admin's own hands set it anew.
"""

from pathlib import Path

from daemon.store.audit import BrokenChain, End
from daemon.store.database import Database, execute

NAME = "corgea.audit"


def head_file(key: Path) -> Path:
    """The file that belongs to a key file."""
    return key.with_name(NAME)


def read_head(path: Path) -> End | None:
    """What the file says; None where there is none. Raises BrokenChain when it is damaged."""
    try:
        number, entry_hash = path.read_text("ascii").split()
        return End(int(number), entry_hash)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise BrokenChain(f"{path} cannot be read: it holds no number and hash") from None


def write_head(path: Path, end: End) -> None:
    """Set the file, in one step. Not synced: after a power cut it may lag, it never runs ahead."""
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(f"{end.number} {end.hash}\n", "ascii")
    draft.replace(path)


def last_entry(db: Database) -> End | None:
    """The newest entry that the database holds."""
    row = execute(db, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else End(*row)


def check_head(db: Database, head: End) -> None:
    """Raise BrokenChain unless the database holds the entry that `head` names."""
    row = execute(db, "SELECT hash FROM audit WHERE id = ?", (head.number,)).fetchone()
    if row is None:
        last = last_entry(db)
        raise BrokenChain(
            f"it ends with entry {0 if last is None else last.number}, but entry {head.number} was"
            " written here: the database is an older or another one (to put a backup back, use"
            " `corgea-daemon restore`)"
        )
    if row[0] != head.hash:
        raise BrokenChain(f"entry {head.number} is another than the one that was written here")


def forward_head(path: Path, db: Database, end: End | None) -> None:
    """Move the file on to `end`. Raises BrokenChain, and leaves it, where `check_head` does."""
    head = read_head(path)
    if head is not None:
        check_head(db, head)
    if end is not None and end != head:
        write_head(path, end)
