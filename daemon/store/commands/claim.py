"""Claims: the marks on disk that a delivery is about to be sent, and by which daemon.

A delivery is claimed each time before it is sent:

    waiting   lease_owner NULL,  lease_seq 4
    claimed   lease_owner "a1",  lease_seq 5    Claim, or AcceptEvents for a new delivery
    waiting   lease_owner NULL,  lease_seq 5    RecordOutcomes (a retry is due), or Release

`lease_seq` is a fencing number: a command that acts on a delivery names the number that it knows,
and a row that has another one stays unchanged. So an outdated record in memory, for example after a
manual retry, can neither be claimed nor overwrite the row. A claim that exists when the daemon
starts belongs to a delivery that was in flight when the last daemon died.
"""

from collections.abc import Sequence

import msgspec

from daemon.store import statements
from daemon.store.commands.webhook_state import discard_deliveries
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.models import DeliveryModel
from daemon.store.transaction import Transaction


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """A claim. `body` is set for the rows of `without_body`, `problem` when there is no body."""

    row: int
    lease_seq: int
    body: bytes | None = None
    problem: str | None = None


class Claim:
    """Claim waiting deliveries; returns a claim for each that has not changed since it was read.

    `requested` gives each row with its known fencing number. `without_body` names the rows whose
    body is not in memory; their claims carry it.
    """

    def __init__(
        self, owner: str, requested: Sequence[tuple[int, int]], without_body: Sequence[int]
    ) -> None:
        self._owner = owner
        self._requested = requested
        self._without_body = without_body

    def apply(self, tx: Transaction) -> list[Claimed]:
        """Mark the rows.

        Gathered rows need no flush before: the dispatcher learns of a delivery, and of its newest
        state, only after they are on disk.
        """
        found = statements.CLAIMABLE.run(tx.connection, self._requested)
        known = [(row, lease) for row, lease in self._requested if row in found]
        statements.CLAIM.run(tx.connection, [(row, lease, self._owner) for row, lease in known])
        bodies = _bodies(tx, [row for row in self._without_body if row in found])
        return [Claimed(row, lease + 1, *bodies.get(row, (None, None))) for row, lease in known]


class Release:
    """Release the claims of deliveries that were not sent: they wait again.

    With `blocked_reason`, the reason for which their webhook is blocked, they are discarded.
    """

    irrevocable = True

    def __init__(
        self, owner: str, claimed: Sequence[int], blocked_reason: str | None, now_ms: int
    ) -> None:
        self._owner = owner
        self._claimed = claimed
        self._blocked_reason = blocked_reason
        self._now_ms = now_ms

    def apply(self, tx: Transaction) -> None:
        """Remove the marks."""
        tx.flush()
        claimed = []
        if self._blocked_reason is not None:
            ours = DeliveryModel.lease_owner == self._owner
            claimed = fetch(tx.db, select_deliveries(DeliveryModel.id.in_(self._claimed), ours))
        statements.release(tx.connection, self._owner, self._claimed)
        if self._blocked_reason is not None:
            discard_deliveries(tx, claimed, self._blocked_reason, self._now_ms)


def _bodies(tx: Transaction, ids: Sequence[int]) -> dict[int, tuple[bytes | None, str | None]]:
    """The bytes to send for each delivery, or why there are none."""
    bodies: dict[int, tuple[bytes | None, str | None]] = {}
    if not ids:
        return bodies
    for row, plain, sealed, problem, payload in statements.bodies_of(tx.connection, ids):
        if plain:
            bodies[row] = (payload, None)
        elif sealed is None:
            bodies[row] = (None, problem)
        else:
            bodies[row] = (tx.cipher.open(sealed, f"body:{row}"), None)
    return bodies
