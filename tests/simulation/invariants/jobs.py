"""Jobs end, and their numbers add up."""

from typing import Any

from tests.simulation.world import World


def check(world: World, life: Any) -> None:
    for row, state, matched, most, started, succeeded, failed in life.service.db.execute_sql(
        "SELECT id, state, matched, most, started, succeeded, failed FROM jobs"
    ):
        name = f"job {row} ({state}, {started} of {matched}: {succeeded} + {failed})"
        if state not in {"done", "cancelled", "failed"}:
            world.complain(f"{name} has not ended")
        if succeeded + failed != started:
            world.complain(f"{name} does not add up")
        if started > (matched if most is None else min(matched, most)):
            world.complain(f"{name} started more than it should, {most} at most")
        told = world.witness.jobs[row]
        if succeeded != told["succeeded"] or failed < told["failed"]:
            world.complain(f"{name}, and its deliveries ended {dict(told)}")
