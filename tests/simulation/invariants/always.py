"""What holds between any two commits, whatever is going on."""

from typing import Any

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.records import DeliveryRecord
from daemon.store.row_mapping import deliveries as stored_deliveries
from tests.simulation.invariants import counts, deliveries
from tests.simulation.world import World


def hold(world: World, life: Any) -> None:
    """Hold the store and what its commits told together."""
    stored = {row.row: row for row in stored_deliveries(life.service.db.connection(), "")}
    deliveries.check_against_told(world, stored)
    deliveries.check_numbers(world, life)
    counts.check_stored(world, life)
    counts.check_streaks(world, life)
    for record in stored.values():
        _check_state(world, record)
    _check_claims(world, life)
    _check_jobs(world, life)


def _check_state(world: World, record: DeliveryRecord) -> None:
    """Whoever waits has a time and no end; whoever has ended has an end and no time."""
    waits = record.status is DeliveryStatus.PENDING
    if waits is not (record.finished_at is None) or waits is not (
        record.next_attempt_at is not None
    ):
        world.complain(f"delivery {record.row} waits and has ended: {record}")
    if not record.tries <= record.attempt <= record.max_attempts:
        world.complain(f"delivery {record.row} is at attempt {record.attempt}: {record}")


def _check_claims(world: World, life: Any) -> None:
    """Only what waits is claimed, by whoever lives, and no more than may be."""
    claims = life.service.db.execute_sql(
        "SELECT id, status, lease_owner FROM deliveries WHERE lease_owner IS NOT NULL"
    ).fetchall()
    for row, status, owner in claims:
        if (status, owner) != ("pending", life.service.owner):
            world.complain(f"delivery {row} ({status}) is claimed by {owner}")


def _check_jobs(world: World, life: Any) -> None:
    for row, matched, started, ended in life.service.db.execute_sql(
        "SELECT id, matched, started, succeeded + failed FROM jobs"
    ):
        if not ended <= started <= matched:
            world.complain(f"job {row}: {ended} ended of {started} started of {matched}")
