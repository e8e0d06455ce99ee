"""The audit's chain: nobody can change or drop an entry in the middle unseen.

Each entry's hash covers itself and the hash before it.
"""

import hashlib
from typing import Any

import msgspec

from daemon.caller import Caller
from daemon.store.tx import Tx

FIRST = "0" * 64
"""What the first entry's hash is chained to."""

_encode = msgspec.json.Encoder(order="sorted").encode


def write_entry(
    tx: Tx, caller: Caller, at_ms: int, action: str, target: str, before: Any, after: Any
) -> None:
    """Append who did what. `before` and `after` must come without secrets."""
    last = tx.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    texts = [None if value is None else _encode(value).decode() for value in (before, after)]
    row = (at_ms, caller.login, caller.uid, action, target, *texts)
    chained = entry_hash(last[0] if last else FIRST, row)
    tx.execute(
        "INSERT INTO audit (at, login, uid, action, target, before, after, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*row, chained),
    )


def entry_hash(previous: str, row: tuple[object, ...]) -> str:
    """The hash of an entry's columns (`at` … `after`) behind the entry that came before."""
    return hashlib.sha256(previous.encode() + _encode(row)).hexdigest()
