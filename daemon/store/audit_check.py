"""Checking the audit of a store, while the daemon runs or not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peewee import PeeweeException

from daemon.store.audit import BrokenChain, End, entries, sealed_end, verify_chain
from daemon.store.audit_head import check_head, head_file, read_head
from daemon.store.cipher import Cipher
from daemon.store.database import StoreProblem, execute, open_reader


def check_audit(path: Path, key: Path, *, known: str | None = None) -> End:
    """Where the audit ends, all of it being as it was written, also by the file beside the key.

    `known` is the hash of an entry that must be there, from the log or wherever it was kept.
    Raises BrokenChain; KeyProblem when the key file is missing or another; StoreProblem.
    """
    if not path.exists():
        raise StoreProblem(f"there is no database {path}")
    db = open_reader(path)

    def run(sql: str, params: Sequence[Any]) -> Any:
        return execute(db, sql, params)

    try:
        run("BEGIN", ())  # the chain and its seal of one moment
        end = verify_chain(entries(run))
        if end.number or _is_sealed(run):
            _check_end(end, sealed_end(run, Cipher.from_file(key, make=False)))
        if (head := read_head(head_file(key))) is not None:
            check_head(db, head)
        if known is not None and not _holds(run, known):
            raise BrokenChain(f"no entry has the hash {known}; the last is entry {end.number}")
    except PeeweeException as error:
        raise StoreProblem(f"cannot read {path}: {error}") from error
    finally:
        db.close()
    return end


def _is_sealed(run: Any) -> bool:
    return run("SELECT 1 FROM meta WHERE key = 'audit'", ()).fetchone() is not None


def _holds(run: Any, known: str) -> bool:
    found = run("SELECT 1 FROM audit WHERE hash = ?", (known.lower(),)).fetchone()
    return found is not None


def _check_end(end: End, sealed: End | None) -> None:
    if sealed is None:
        raise BrokenChain(f"the seal of the audit's end (entry {end.number}) was taken away")
    if end.number < sealed.number:
        raise BrokenChain(f"entries {end.number + 1} to {sealed.number} are missing at the end")
    if end != sealed:
        raise BrokenChain(f"entry {end.number} or one before it was written by somebody else")
