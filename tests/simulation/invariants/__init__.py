"""What must hold when everything has come to its end (rules.md, architecture.md Reliability)."""

from typing import Any

from tests.simulation.invariants import attempts, audit, counts, deliveries, idle, jobs, stream
from tests.simulation.world import World


def reckon(world: World, life: Any) -> None:
    """Hold the store, the daemon's memory, the receivers' logs and the promises together."""
    for subject in (deliveries, attempts, counts, jobs, audit, idle, stream):
        subject.check(world, life)
