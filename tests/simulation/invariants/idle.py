"""A daemon with nothing to do holds nothing: no slot, no claim, no attempt."""

from typing import Any

from daemon.delivery.scheduler.lane import Lane
from tests.simulation.world import World


def check(world: World, life: Any) -> None:
    dispatcher, claim_slots = life.service.dispatcher, life.service.claim_slots
    if claim_slots.taken:
        world.complain(f"{claim_slots.taken} claim slots were never given back")
    for row, lane in claim_slots._lanes.items():
        if lane.free != lane.limit:
            world.complain(
                f"{lane.limit - lane.free} claim slots of webhook {row} were never given back"
            )
    if len(dispatcher._in_flight) or dispatcher._quarantine.busy or claim_slots._paused:
        world.complain("something is still in flight")
    for lane in dispatcher._lanes:
        _check_lane(world, life, lane)
    claimed = life.service.db.execute_sql(
        "SELECT id FROM deliveries WHERE lease_owner IS NOT NULL"
    ).fetchall()
    if claimed:
        world.complain(f"deliveries {claimed} are still claimed")
    if life.service.intake.waiting != 0:
        world.complain(f"{life.service.intake.waiting} deliveries are thought to wait")


def _check_lane(world: World, life: Any, lane: Lane) -> None:
    row, webhook = lane.webhook, life.service.registry.webhook_of(lane.webhook)
    if lane.in_flight or lane.claimed or lane.refilling:
        world.complain(f"the lane of webhook {row} is stuck")
    # One that was read as it was sent may stay until its time; the claim finds it gone then.
    if lane.has_ready and webhook.blocked_reason is None:
        world.complain(f"the lane of webhook {row} holds what is gone as ready")
    if webhook.deleted_at is not None:
        world.complain(f"the lane of webhook {row} outlives it")
