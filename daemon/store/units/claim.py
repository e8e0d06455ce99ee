"""Claims: the mark on disk that a delivery is about to be sent, and by whom."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from daemon.store.load import deliveries
from daemon.store.rows import CLAIM
from daemon.store.tx import Tx
from daemon.store.units.standing import set_aside


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A claim that was made. `body` is there when it was asked for."""

    row: int
    lease_seq: int
    body: bytes | None = None
    problem: str | None = None


class Claim:
    """Claim deliveries that wait; the ones that nobody else changed meanwhile are returned.

    `wanted` gives each row with the fencing number it is known by. `bare` names those whose body is
    not in memory; it comes back with the claim.
    """

    def __init__(self, owner: str, wanted: Sequence[tuple[int, int]], bare: Sequence[int]) -> None:
        self._owner = owner
        self._wanted = wanted
        self._bare = bare

    def apply(self, tx: Tx) -> list[Claimed]:
        """Mark the rows."""
        tx.flush()
        wanted = [*self._wanted, *[(0, 0)] * padding(len(self._wanted))]
        sql = CLAIM.format(values=",".join(["(?,?)"] * len(wanted)))
        params = (self._owner, *chain.from_iterable(wanted))
        leases = dict(tx.connection.execute(sql, params).fetchall())
        bodies = fetch_bodies(tx, [row for row in self._bare if row in leases])
        return [
            Claimed(row, lease, *bodies.get(row, (None, None))) for row, lease in leases.items()
        ]


class Release:
    """Give up claims on deliveries that were not sent: they wait again as if never claimed.

    With `barred`, the reason for which nothing may be sent to their webhook, they are discarded.
    """

    happened = True

    def __init__(self, owner: str, rows: Sequence[int], barred: str | None, now_ms: int) -> None:
        self._owner = owner
        self._rows = rows
        self._barred = barred
        self._now_ms = now_ms

    def apply(self, tx: Tx) -> None:
        """Take the marks away."""
        tx.flush()
        rows = padded(self._rows)
        marks = ",".join("?" * len(rows))
        ours = f"WHERE d.id IN ({marks}) AND d.lease_owner = ?"
        claimed = deliveries(tx.connection, ours, (*rows, self._owner)) if self._barred else []
        tx.connection.execute(
            f"UPDATE deliveries AS d SET lease_owner = NULL {ours}",  # noqa: S608  # question marks
            (*rows, self._owner),
        )
        if self._barred is not None:
            set_aside(tx, claimed, self._barred, self._now_ms)


def padded(rows: Sequence[int]) -> list[int]:
    """Rows filled up with row 0, which is nobody's, so that few statement texts stay prepared."""
    return [*rows, *[0] * padding(len(rows))]


def padding(n: int) -> int:
    """How many are missing to the next power of two."""
    return (1 << max(0, n - 1).bit_length()) - n


def fetch_bodies(tx: Tx, rows: Sequence[int]) -> dict[int, tuple[bytes | None, str | None]]:
    """The bytes to send for each delivery, or why there are none."""
    if not rows:
        return {}
    marks = ",".join("?" * len(rows))
    found = tx.connection.execute(
        "SELECT d.id, b.delivery_row IS NULL, b.sealed, b.problem,"  # noqa: S608  # question marks
        " CASE WHEN b.delivery_row IS NULL THEN e.payload END"
        " FROM deliveries d JOIN events e ON e.id = d.event_row"
        f" LEFT JOIN bodies b ON b.delivery_row = d.id WHERE d.id IN ({marks})",
        list(rows),
    )
    bodies: dict[int, tuple[bytes | None, str | None]] = {}
    for row, plain, sealed, problem, payload in found:
        if plain:
            bodies[row] = (payload, None)
        elif sealed is None:
            bodies[row] = (None, problem)
        else:
            bodies[row] = (tx.cipher.open(sealed, f"body:{row}"), None)
    return bodies
