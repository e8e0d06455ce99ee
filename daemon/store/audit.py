"""The hash chain of the audit trail. It shows when an entry is changed or removed later.

Each entry's hash covers the entry and the hash before it, so a changed or removed entry breaks the
chain. The number and the hash of the last entry are sealed with the key file, so a user who has the
database but not the key can neither cut the end off nor rebuild the chain. A new entry continues
from that seal and not from the last row, so tampering stays visible however many entries follow.
`audit_check` detects a database that was replaced by an older one.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from peewee import SqliteDatabase, fn

from daemon.protocol.caller import Caller
from daemon.store import statements
from daemon.store.cipher import Cipher, KeyProblem
from daemon.store.database import meta_value
from daemon.store.dialect.sqlite import connection_of
from daemon.store.facts import Audited
from daemon.store.models import AUDIT_SEAL, AuditModel
from daemon.store.transaction import Transaction

FIRST = "0" * 64
"""The hash before the first entry."""
_LOST = ""
"""The hash before an entry whose predecessor is unknown: the chain stays broken."""
_IDENTITY = "audit:end"

Row = tuple[Any, ...]

_encode = msgspec.json.Encoder(order="sorted").encode


class End(NamedTuple):
    """The end of the chain: the number and the hash of its last entry."""

    number: int
    hash: str


class BrokenChain(Exception):
    """The audit was tampered with; the message names the first entry that shows it."""


class AuditNote:
    """An entry about something that changes no row."""

    def __init__(
        self,
        caller: Caller,
        action: str,
        target: str,
        now_ms: int,
        *,
        before: Any = None,
        after: Any = None,
    ) -> None:
        self._caller = caller
        self._entry = (now_ms, action, target, before, after)

    def apply(self, tx: Transaction) -> None:
        """Append the entry."""
        write_entry(tx, self._caller, *self._entry)


def write_entry(
    tx: Transaction, caller: Caller, at_ms: int, action: str, target: str, before: Any, after: Any
) -> None:
    """Append who did what. `before` and `after` must come without secrets."""
    entry = (at_ms, caller.login, caller.uid, action, target, before, after)
    end = append(tx.db, tx.cipher, entry)
    tx.publish(Audited(end.number, end.hash, caller.login, action, target))


def append(db: SqliteDatabase, cipher: Cipher, entry: Row) -> End:
    """Append an entry (`at` … `after`) in the transaction that `db` is in; the new end."""
    last: int = AuditModel.select(fn.MAX(AuditModel.id)).scalar(db) or 0
    known = _known_end(db, cipher, last)
    texts = [None if value is None else _encode(value).decode() for value in entry[5:]]
    row = (*entry[:5], *texts)
    end = End(max(last, known.number) + 1, entry_hash(known.hash, row))
    names = AuditModel._meta.sorted_field_names  # noqa: SLF001  # Peewee's public name for it
    AuditModel.insert(dict(zip(names, (end.number, *row, end.hash), strict=True))).execute(db)
    seal_end(db, cipher, end)
    return end


def _known_end(db: SqliteDatabase, cipher: Cipher, last: int) -> End:
    """The end of the chain by its seal. When `last` rows have no seal, the chain stays broken."""
    try:
        known = sealed_end(db, cipher)
    except (BrokenChain, KeyProblem):
        return End(last, _LOST)
    return known or End(last, _LOST if last else FIRST)


def seal_end(db: SqliteDatabase, cipher: Cipher, end: End) -> None:
    """Store the end of the chain, sealed: only a user with the key can move it."""
    statements.set_meta(connection_of(db), AUDIT_SEAL, cipher.seal(_encode(end), _IDENTITY).hex())


def sealed_end(db: SqliteDatabase, cipher: Cipher) -> End | None:
    """The stored end of the chain; None when it has no entry. Raises KeyProblem, BrokenChain."""
    found = meta_value(db, AUDIT_SEAL)
    if found is None:
        return None
    try:
        sealed = bytes.fromhex(found)
    except ValueError:
        raise BrokenChain("the seal of the audit's end is damaged") from None
    return End(*msgspec.json.decode(cipher.open(sealed, _IDENTITY), type=tuple[int, str]))


def entries(db: SqliteDatabase) -> Iterable[Row]:
    """All entries in order, for `verify_chain`."""
    rows: Iterable[Row] = db.execute(AuditModel.select().order_by(AuditModel.id))
    return rows


def verify_chain(rows: Iterable[Row]) -> End:
    """The end of the chain of `rows` (number … hash). Raises BrokenChain."""
    end = End(0, FIRST)
    for number, *row, stored in rows:
        if number != end.number + 1:
            raise BrokenChain(f"entry {end.number + 1} is missing; the next is {number}")
        if stored != entry_hash(end.hash, tuple(row)):
            raise BrokenChain(f"entry {number} is not what was written, or the one before it is")
        end = End(number, stored)
    return end


def entry_hash(previous: str, row: tuple[object, ...]) -> str:
    """The hash of an entry's columns (`at` … `after`), given the hash of the entry before it."""
    return hashlib.sha256(previous.encode() + _encode(row)).hexdigest()
