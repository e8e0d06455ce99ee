"""Claims: the mark on disk that a delivery is about to be sent, and by whom."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from daemon.store.rows import CLAIM
from daemon.store.tx import Tx
from daemon.store.units.standing import discard_pending


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

    Those of a webhook that was paused or deleted meanwhile are discarded: when it happened, they
    were claimed and so left alone.
    """

    happened = True

    def __init__(self, owner: str, rows: Sequence[int]) -> None:
        self._owner = owner
        self._rows = rows

    def apply(self, tx: Tx) -> None:
        """Take the marks away."""
        tx.flush()
        rows = padded(self._rows)
        marks = ",".join("?" * len(rows))
        tx.connection.execute(
            f"UPDATE deliveries SET lease_owner = NULL WHERE id IN ({marks})"  # noqa: S608
            " AND lease_owner = ?",
            (*rows, self._owner),
        )
        found = tx.connection.execute(
            f"SELECT DISTINCT webhook_id FROM deliveries WHERE id IN ({marks})",  # noqa: S608
            rows,
        ).fetchall()
        for (webhook,) in found:
            hook = tx.memory.hooks[webhook]
            since = hook.deleted_at or hook.paused_at
            if hook.barred is not None and since is not None:
                discard_pending(tx, hook, since)


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
