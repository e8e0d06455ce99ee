"""Jobs, the audit, an idle daemon and the stream, once everything has ended."""

from typing import Any

from daemon.delivery.scheduler.lane import Lane
from daemon.store.audit import entries, sealed_end, verify_chain
from tests.simulation.follower import Listed, everything
from tests.simulation.world import World

_BORROWED = {"delivery": ("webhook_name", "url"), "webhook": ("retry",)}
"""What an object shows of others: a change of those does not send it again."""


def check_jobs(world: World, daemon: Any) -> None:
    for row, state, matched, most, started, succeeded, failed in daemon.service.db.execute_sql(
        "SELECT id, state, matched, most, started, succeeded, failed FROM jobs"
    ):
        name = f"job {row} ({state}, {started} of {matched}: {succeeded} + {failed})"
        if state not in {"done", "cancelled", "failed"}:
            world.violation(f"{name} has not ended")
        if succeeded + failed != started:
            world.violation(f"{name} does not add up")
        if started > (matched if most is None else min(matched, most)):
            world.violation(f"{name} started more than it should, {most} at most")
        told = world.oracle.jobs[row]
        if succeeded != told["succeeded"] or failed < told["failed"]:
            world.violation(f"{name}, and its deliveries ended {dict(told)}")


def check_audit(world: World, daemon: Any) -> None:
    service = daemon.service
    end = verify_chain(entries(service.db))
    sealed = sealed_end(service.db, service.cipher)
    if sealed is not None and sealed != end:
        world.violation(f"the audit ends at {end}, its seal says {sealed}")
    acts = service.db.execute_sql(
        "SELECT count(*) FROM audit WHERE action NOT IN ('webhook.pause', 'webhook.activate')"
    ).fetchone()[0]
    if not world.audited_answers <= acts <= world.audited_calls:
        world.violation(
            f"{acts} acts are in the audit, of {world.audited_answers} to {world.audited_calls}"
        )


def check_idle(world: World, daemon: Any) -> None:
    dispatcher, claim_slots = daemon.service.dispatcher, daemon.service.claim_slots
    if claim_slots.taken:
        world.violation(f"{claim_slots.taken} claim slots were never given back")
    for row, lane in claim_slots._lanes.items():
        if lane.free != lane.limit:
            world.violation(
                f"{lane.limit - lane.free} claim slots of webhook {row} were never given back"
            )
    if len(dispatcher._in_flight) or dispatcher._quarantine.busy or claim_slots._paused:
        world.violation("something is still in flight")
    for lane in dispatcher._lanes:
        _check_lane(world, daemon, lane)
    claimed = daemon.service.db.execute_sql(
        "SELECT id FROM deliveries WHERE lease_owner IS NOT NULL"
    ).fetchall()
    if claimed:
        world.violation(f"deliveries {claimed} are still claimed")
    if daemon.service.intake.waiting != 0:
        world.violation(f"{daemon.service.intake.waiting} deliveries are thought to wait")


def _check_lane(world: World, daemon: Any, lane: Lane) -> None:
    row, webhook = lane.webhook, daemon.service.registry.webhook_of(lane.webhook)
    if lane.in_flight or lane.claimed or lane.refilling:
        world.violation(f"the lane of webhook {row} is stuck")
    # One that was read as it was sent may stay until its time; the claim finds it gone then.
    if lane.has_ready and webhook.blocked_reason is None:
        world.violation(f"the lane of webhook {row} holds what is gone as ready")
    if webhook.deleted_at is not None:
        world.violation(f"the lane of webhook {row} outlives it")


def check_stream(world: World, daemon: Any) -> None:
    now = everything(Listed(daemon.service.db), daemon)
    followed = world.follower.known
    for key, data in now.items():
        seen, shown = (_own(key[0], each) for each in (followed.get(key), data))
        if seen != shown:
            world.violation(f"a follower takes {key} for {_differing(seen, shown)}")


def _own(kind: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {name: value for name, value in data.items() if name not in _BORROWED.get(kind, ())}


def _differing(seen: dict[str, Any] | None, data: dict[str, Any]) -> Any:
    if seen is None:
        return "not there"
    return {
        name: (seen.get(name), value) for name, value in data.items() if seen.get(name) != value
    }
