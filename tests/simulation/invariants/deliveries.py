"""Nothing acknowledged is lost, and the store holds what the commits told."""

from typing import Any

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.records import DeliveryRecord
from daemon.store.row_mapping import deliveries
from tests.simulation.world import World


def check(world: World, life: Any) -> None:
    stored = {record.row: record for record in deliveries(life.service.db.connection(), "")}
    check_against_told(world, stored)
    _check_ends(world, stored)
    _check_promises(world, life)
    check_numbers(world, life)


def check_against_told(world: World, stored: dict[int, DeliveryRecord]) -> None:
    """Every row is as its last change was told; only what has ended may have been pruned."""
    told = {row: known.record for row, known in world.witness.deliveries.items()}
    for row, record in stored.items():
        if _told(record) != _told(told[row]):
            world.complain(f"delivery {row} is {record}, told was {told[row]}")
    for row in told.keys() - stored.keys():
        if told[row].status is DeliveryStatus.PENDING or not world.pruned:
            world.complain(f"delivery {row} is gone; it was {told[row].status}")


def _told(record: DeliveryRecord) -> DeliveryRecord:
    """Claims are not told."""
    return msgspec.structs.replace(record, lease_seq=0, in_flight=False)


def _check_ends(world: World, stored: dict[int, DeliveryRecord]) -> None:
    for row, record in stored.items():
        name = f"delivery {row}"
        if record.status is DeliveryStatus.PENDING:
            world.complain(f"{name} is still pending, due {record.next_attempt_at}")
            continue
        if record.in_flight or record.next_attempt_at is not None or record.finished_at is None:
            world.complain(f"{name} has ended and is not at rest: {record}")
        if record.status is DeliveryStatus.DISCARDED and not record.reason:
            world.complain(f"{name} is discarded, and nobody knows why")
        if record.status is DeliveryStatus.FAILED and record.error is None:
            world.complain(f"{name} has failed, and nobody knows why")
        if record.status is DeliveryStatus.SUCCEEDED and record.error is not None:
            world.complain(f"{name} has succeeded with {record.error}")


def _check_promises(world: World, life: Any) -> None:
    """What was acknowledged was received, or failed or was discarded with a reason."""
    witness = world.witness
    events = {fact.record.event_id for fact in witness.events.values()}
    taken = {arrival.delivery for arrival in world.receivers.arrivals if arrival.taken}
    for promise in world.promises.values():
        if promise.event_id not in events:
            world.complain(f"event {promise.event_id} was acknowledged and never committed")
        for uid in promise.deliveries:
            known = witness.deliveries.get(witness.rows.get(uid, -1))
            if known is None:
                world.complain(f"delivery {uid} of {promise.event_id} was never committed")
            elif known.record.status is DeliveryStatus.SUCCEEDED and uid not in taken:
                world.complain(f"delivery {known.record.row} succeeded; nobody received it")
    if not world.pruned:
        kept = {row[0] for row in life.service.db.execute_sql("SELECT event_id FROM events")}
        for event_id in world.promises.keys() - kept:
            world.complain(f"event {event_id} was acknowledged and is not in the store")


def check_numbers(world: World, life: Any) -> None:
    """`changed_seq` is one number for one change, and the last one is kept."""
    seen: dict[int, str] = {}
    for table in ("events", "deliveries", "webhooks", "jobs"):
        for row, seq in life.service.db.execute_sql(f"SELECT id, changed_seq FROM {table}"):
            if seq in seen:
                world.complain(f"change {seq} is {table} {row}'s and {seen[seq]}'s")
            seen[seq] = f"{table} {row}"
    last = life.service.db.execute_sql("SELECT value FROM meta WHERE key = 'seq'").fetchone()
    if seen and int(last[0]) < max(seen):
        world.complain(f"the store's last change is {last[0]}, there is one of {max(seen)}")
