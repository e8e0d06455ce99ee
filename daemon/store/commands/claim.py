"""Claims: the mark on disk that a delivery is about to be sent, and by whom."""

from collections.abc import Sequence

import msgspec

from daemon.store import statements
from daemon.store.bulk_statements import padding
from daemon.store.commands.webhook_state import set_aside
from daemon.store.row_mapping import deliveries
from daemon.store.transaction import Transaction


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

    def apply(self, tx: Transaction) -> list[Claimed]:
        """Mark the rows.

        What was gathered need not be written before: the dispatcher knows of a delivery, and of its
        newest state, only once it is on disk.
        """
        found = statements.CLAIMABLE.run(tx.connection, self._wanted)
        known = [(row, lease) for row, lease in self._wanted if row in found]
        statements.CLAIM.run(tx.connection, [(row, lease, self._owner) for row, lease in known])
        bodies = fetch_bodies(tx, [row for row in self._bare if row in found])
        return [Claimed(row, lease + 1, *bodies.get(row, (None, None))) for row, lease in known]


class Release:
    """Give up claims on deliveries that were not sent: they wait again as if never claimed.

    With `barred`, the reason for which nothing may be sent to their webhook, they are discarded.
    """

    happened = True

    def __init__(
        self, owner: str, claimed: Sequence[int], blocked_reason: str | None, now_ms: int
    ) -> None:
        self._owner = owner
        self._claimed = claimed
        self._blocked_reason = blocked_reason
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Take the marks away."""
        tx.flush()
        ids = padded(self._claimed)
        marks = ",".join("?" * len(ids))
        ours = f"WHERE d.id IN ({marks}) AND d.lease_owner = ?"
        claimed = (
            deliveries(tx.connection, ours, (*ids, self._owner)) if self._blocked_reason else []
        )
        tx.connection.execute(
            f"UPDATE deliveries AS d SET lease_owner = NULL {ours}",  # noqa: S608  # question marks
            (*ids, self._owner),
        )
        if self._blocked_reason is not None:
            set_aside(tx, claimed, self._blocked_reason, self._now_ms)


def padded(ids: Sequence[int]) -> list[int]:
    """Ids filled up with 0, which is nobody's, so that few statement texts stay prepared."""
    return [*ids, *[0] * padding(len(ids))]


def fetch_bodies(tx: Transaction, ids: Sequence[int]) -> dict[int, tuple[bytes | None, str | None]]:
    """The bytes to send for each delivery, or why there are none."""
    if not ids:
        return {}
    ids = padded(ids)
    marks = ",".join("?" * len(ids))
    found = tx.connection.execute(
        "SELECT d.id, b.delivery_row IS NULL, b.sealed, b.problem,"  # noqa: S608  # question marks
        " CASE WHEN b.delivery_row IS NULL THEN e.payload END"
        " FROM deliveries d JOIN events e ON e.id = d.event_row"
        f" LEFT JOIN bodies b ON b.delivery_row = d.id WHERE d.id IN ({marks})",
        ids,
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
