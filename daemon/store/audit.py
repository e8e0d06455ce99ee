"""The audit's chain: nobody can change or drop an entry unseen.

Each entry's hash covers itself and the hash before it, so no entry in the middle can be changed or
taken out. How many there are and the last hash are sealed with the key file, so the end cannot be
cut off either, nor the chain made anew, by somebody who has the database and not the key. A new
entry goes on from that seal, never from the last row: what was done to the rows stays to be seen
however many entries follow. Where the whole database was older, `audit_head` remembers.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from daemon.protocol.caller import Caller
from daemon.store.cipher import Cipher, KeyProblem
from daemon.store.facts import Audited
from daemon.store.transaction import Transaction

FIRST = "0" * 64
"""What the first entry's hash is chained to."""
_LOST = ""
"""What an entry is chained to whose forerunner cannot be known: no chain that holds."""

_COLUMNS = "at, login, uid, action, target, before, after, hash"
_IDENTITY = "audit:end"
_SEALED = "INSERT INTO meta (key, value) VALUES ('audit', ?)"
_SEAL_AGAIN = f"{_SEALED} ON CONFLICT (key) DO UPDATE SET value = excluded.value"

Execute = Callable[[str, Sequence[Any]], Any]
Row = tuple[Any, ...]

_encode = msgspec.json.Encoder(order="sorted").encode


class End(NamedTuple):
    """Where the chain ends: the number of its last entry, and that one's hash."""

    number: int
    hash: str


class BrokenChain(Exception):
    """The audit is not as it was written; the message names the first entry that shows it."""


def write_entry(
    tx: Transaction, caller: Caller, at_ms: int, action: str, target: str, before: Any, after: Any
) -> None:
    """Append who did what. `before` and `after` must come without secrets."""
    entry = (at_ms, caller.login, caller.uid, action, target, before, after)
    end = append(tx.execute, tx.cipher, entry)
    tx.tell(Audited(end.number, end.hash, caller.login, action, target))


def append(execute: Execute, cipher: Cipher, entry: Row) -> End:
    """Append an entry (`at` … `after`) in the transaction that `execute` is in; the new end."""
    last = execute("SELECT coalesce(max(id), 0) FROM audit", ()).fetchone()[0]
    known = _known_end(execute, cipher, last)
    texts = [None if value is None else _encode(value).decode() for value in entry[5:]]
    row = (*entry[:5], *texts)
    end = End(max(last, known.number) + 1, entry_hash(known.hash, row))
    execute(
        f"INSERT INTO audit (id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # our words
        (end.number, *row, end.hash),
    )
    seal_end(execute, cipher, end)
    return end


def _known_end(execute: Execute, cipher: Cipher, last: int) -> End:
    """Where the chain ended by its seal. Of `last` rows without one the chain stays broken."""
    try:
        known = sealed_end(execute, cipher)
    except (BrokenChain, KeyProblem):
        return End(last, _LOST)
    return known or End(last, _LOST if last else FIRST)


def seal_end(execute: Execute, cipher: Cipher, end: End) -> None:
    """Note where the chain ends, so that only who has the key can move it."""
    execute(_SEAL_AGAIN, (cipher.seal(_encode(end), _IDENTITY).hex(),))


def sealed_end(execute: Execute, cipher: Cipher) -> End | None:
    """Where the chain ended when it was last written; None: no entry was. Raises KeyProblem."""
    found = execute("SELECT value FROM meta WHERE key = 'audit'", ()).fetchone()
    if found is None:
        return None
    try:
        sealed = bytes.fromhex(found[0])
    except ValueError:
        raise BrokenChain("the seal of the audit's end is damaged") from None
    return End(*msgspec.json.decode(cipher.open(sealed, _IDENTITY), type=tuple[int, str]))


def entries(execute: Execute) -> Iterable[Row]:
    """All entries as `verify_chain` wants them."""
    rows: Iterable[Row] = execute(f"SELECT id, {_COLUMNS} FROM audit ORDER BY id", ())  # noqa: S608  # our words
    return rows


def verify_chain(rows: Iterable[Row]) -> End:
    """Where the chain of `rows` (number … hash) ends. Raises BrokenChain."""
    end = End(0, FIRST)
    for number, *row, stored in rows:
        if number != end.number + 1:
            raise BrokenChain(f"entry {end.number + 1} is missing; the next is {number}")
        if stored != entry_hash(end.hash, tuple(row)):
            raise BrokenChain(f"entry {number} is not what was written, or the one before it is")
        end = End(number, stored)
    return end


def entry_hash(previous: str, row: tuple[object, ...]) -> str:
    """The hash of an entry's columns (`at` … `after`) behind the entry that came before."""
    return hashlib.sha256(previous.encode() + _encode(row)).hexdigest()
