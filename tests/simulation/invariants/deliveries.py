"""Nothing acknowledged is lost, and the store holds what the commits told."""

from typing import Any

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.records import DeliveryRecord
from tests.simulation.world import World


def check(world: World, daemon: Any) -> None:
    stored = {record.row: record for record in fetch(daemon.service.db, select_deliveries())}
    check_against_commits(world, stored)
    _check_ends(world, stored)
    _check_acknowledged(world, daemon)
    check_numbers(world, daemon)


def check_against_commits(world: World, stored: dict[int, DeliveryRecord]) -> None:
    """Every row is as its last change was told; only what has ended may have been pruned."""
    told = {row: known.record for row, known in world.oracle.deliveries.items()}
    for row, record in stored.items():
        if _told(record) != _told(told[row]):
            world.violation(f"delivery {row} is {record}, told was {told[row]}")
    for row in told.keys() - stored.keys():
        if told[row].status is DeliveryStatus.PENDING or not world.pruned:
            world.violation(f"delivery {row} is gone; it was {told[row].status}")


def _told(record: DeliveryRecord) -> DeliveryRecord:
    """Claims are not told."""
    return msgspec.structs.replace(record, lease_seq=0, in_flight=False)


def _check_ends(world: World, stored: dict[int, DeliveryRecord]) -> None:
    for row, record in stored.items():
        name = f"delivery {row}"
        if record.status is DeliveryStatus.PENDING:
            world.violation(f"{name} is still pending, due {record.next_attempt_at}")
            continue
        if record.in_flight or record.next_attempt_at is not None or record.finished_at is None:
            world.violation(f"{name} has ended and is not at rest: {record}")
        if record.status is DeliveryStatus.DISCARDED and not record.reason:
            world.violation(f"{name} is discarded without a reason")
        if record.status is DeliveryStatus.FAILED and record.error is None:
            world.violation(f"{name} has failed without an error")
        if record.status is DeliveryStatus.SUCCEEDED and record.error is not None:
            world.violation(f"{name} has succeeded with {record.error}")


def _check_acknowledged(world: World, daemon: Any) -> None:
    """What was acknowledged was received, or failed or was discarded with a reason."""
    oracle = world.oracle
    events = {fact.record.event_id for fact in oracle.events.values()}
    taken = {arrival.delivery for arrival in world.receivers.arrivals if arrival.taken}
    for acknowledge in world.acknowledged.values():
        if acknowledge.event_id not in events:
            world.violation(f"event {acknowledge.event_id} was acknowledged and never committed")
        for uid in acknowledge.deliveries:
            known = oracle.deliveries.get(oracle.rows.get(uid, -1))
            if known is None:
                world.violation(f"delivery {uid} of {acknowledge.event_id} was never committed")
            elif known.record.status is DeliveryStatus.SUCCEEDED and uid not in taken:
                world.violation(f"delivery {known.record.row} succeeded and was never received")
    if not world.pruned:
        kept = {row[0] for row in daemon.service.db.execute_sql("SELECT event_id FROM events")}
        for event_id in world.acknowledged.keys() - kept:
            world.violation(f"event {event_id} was acknowledged and is not in the store")


def check_numbers(world: World, daemon: Any) -> None:
    """`changed_seq` is one number for one change, and the last one is kept."""
    seen: dict[int, str] = {}
    for table in ("events", "deliveries", "webhooks", "jobs"):
        for row, seq in daemon.service.db.execute_sql(f"SELECT id, changed_seq FROM {table}"):
            if seq in seen:
                world.violation(f"change {seq} is {table} {row}'s and {seen[seq]}'s")
            seen[seq] = f"{table} {row}"
    last = daemon.service.db.execute_sql("SELECT value FROM meta WHERE key = 'seq'").fetchone()
    if seen and int(last[0]) < max(seen):
        world.violation(f"the store's last change is {last[0]}, there is one of {max(seen)}")
