"""What holds between any two commits, whatever is going on."""

from typing import Any

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.records import DeliveryRecord
from tests.simulation.invariants import counts, deliveries
from tests.simulation.world import World


def check_always(world: World, daemon: Any) -> None:
    """Hold the store and what its commits told together."""
    stored = {row.row: row for row in fetch(daemon.service.db, select_deliveries())}
    deliveries.check_against_commits(world, stored)
    deliveries.check_numbers(world, daemon)
    counts.check_stored(world, daemon)
    counts.check_streaks(world, daemon)
    for record in stored.values():
        _check_state(world, record)
    _check_claims(world, daemon)
    _check_jobs(world, daemon)


def _check_state(world: World, record: DeliveryRecord) -> None:
    """A pending delivery has a time and no end; one that has ended has an end and no time."""
    waits = record.status is DeliveryStatus.PENDING
    if waits is not (record.finished_at is None) or waits is not (
        record.next_attempt_at is not None
    ):
        world.violation(f"delivery {record.row} is pending and has ended, or neither: {record}")
    if not record.tries <= record.attempt <= record.max_attempts:
        world.violation(f"delivery {record.row} is at attempt {record.attempt}: {record}")


def _check_claims(world: World, daemon: Any) -> None:
    """Only pending deliveries are claimed, by the daemon that runs."""
    claims = daemon.service.db.execute_sql(
        "SELECT id, status, lease_owner FROM deliveries WHERE lease_owner IS NOT NULL"
    ).fetchall()
    for row, status, owner in claims:
        if (status, owner) != ("pending", daemon.service.owner):
            world.violation(f"delivery {row} ({status}) is claimed by {owner}")


def _check_jobs(world: World, daemon: Any) -> None:
    for row, matched, started, ended in daemon.service.db.execute_sql(
        "SELECT id, matched, started, succeeded + failed FROM jobs"
    ):
        if not ended <= started <= matched:
            world.violation(f"job {row}: {ended} ended of {started} started of {matched}")
