"""Checks the audit of a store, and keeps the file with its newest entry beside the key file.

An older copy of the database brings its own sealed end, so the database alone does not reveal that
it was replaced. `corgea.audit`, beside the key file, holds the number and the hash of the newest
entry in plain text. It only moves forward: when the database lacks the entry that it names, it does
not change, and every check fails until `restore`, or an admin by hand, sets it.
"""

from pathlib import Path

from peewee import PeeweeException

from daemon.store.audit import BrokenChain, End, entries, sealed_end, verify_chain
from daemon.store.cipher import Cipher
from daemon.store.database import Database, execute, meta_value
from daemon.store.dialect.sqlite import open_reader
from daemon.store.errors import StoreProblem
from daemon.store.models import AUDIT_SEAL, AuditModel

NAME = "corgea.audit"


def head_file(key: Path) -> Path:
    """The file that belongs to a key file."""
    return key.with_name(NAME)


def read_head(path: Path) -> End | None:
    """The entry in the file; None without a file. Raises BrokenChain when it is damaged."""
    try:
        number, entry_hash = path.read_text("ascii").split()
        return End(int(number), entry_hash)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise BrokenChain(f"{path} cannot be read: it holds no number and hash") from None


def write_head(path: Path, end: End) -> None:
    """Replace the file. It is not synced: after a power cut it may be behind, never ahead."""
    draft = path.with_name(f".{path.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(f"{end.number} {end.hash}\n", "ascii")
    draft.replace(path)


def last_entry(db: Database) -> End | None:
    """The newest entry that the database holds."""
    query = AuditModel.select(AuditModel.id, AuditModel.hash).order_by(AuditModel.id.desc())
    row = query.tuples().first(db)
    return None if row is None else End(*row)


def check_head(db: Database, head: End) -> None:
    """Raise BrokenChain unless the database holds the entry that `head` names."""
    found = AuditModel.select(AuditModel.hash).where(AuditModel.id == head.number).scalar(db)
    if found is None:
        last = last_entry(db)
        raise BrokenChain(
            f"it ends with entry {0 if last is None else last.number}, but entry {head.number} was"
            " written here: the database is an older or another one (to put a backup back, use"
            " `corgea-daemon restore`)"
        )
    if found != head.hash:
        raise BrokenChain(f"entry {head.number} is another than the one that was written here")


def forward_head(path: Path, db: Database, end: End | None) -> None:
    """Move the file on to `end`. Raises BrokenChain, and leaves it, where `check_head` does."""
    head = read_head(path)
    if head is not None:
        check_head(db, head)
    if end is not None and end != head:
        write_head(path, end)


def check_audit(path: Path, key: Path, *, known: str | None = None) -> End:
    """Check the chain, its seal and the file beside the key; returns the end of the chain.

    `known` is the hash of an entry that must exist, e.g. from the log. Raises BrokenChain,
    StoreProblem, or KeyProblem when the key file is missing or a wrong one.
    """
    if not path.exists():
        raise StoreProblem(f"there is no database {path}")
    db = open_reader(path)
    try:
        execute(db, "BEGIN")  # the chain and its seal of one moment
        end = verify_chain(entries(db))
        if end.number or meta_value(db, AUDIT_SEAL) is not None:
            _check_end(end, sealed_end(db, Cipher.from_file(key, make=False)))
        if (head := read_head(head_file(key))) is not None:
            check_head(db, head)
        if known is not None and not _holds(db, known):
            raise BrokenChain(f"no entry has the hash {known}; the last is entry {end.number}")
    except PeeweeException as error:
        raise StoreProblem(f"cannot read {path}: {error}") from error
    finally:
        db.close()
    return end


def _holds(db: Database, known: str) -> bool:
    return AuditModel.select().where(AuditModel.hash == known.lower()).exists(db)


def _check_end(end: End, sealed: End | None) -> None:
    if sealed is None:
        raise BrokenChain(f"the seal of the audit's end (entry {end.number}) was taken away")
    if end.number < sealed.number:
        raise BrokenChain(f"entries {end.number + 1} to {sealed.number} are missing at the end")
    if end != sealed:
        raise BrokenChain(f"entry {end.number} or one before it was not written by this daemon")
