"""What must hold once everything has come to its end (rules.md; architecture.md, Reliability)."""

from typing import Any

from tests.simulation.invariants import accounts, attempts, counts, deliveries
from tests.simulation.world import World


def check_all(world: World, daemon: Any) -> None:
    """Compare the store, the daemon's memory, the receivers' logs and what was acknowledged."""
    for check in (
        deliveries.check,
        attempts.check,
        counts.check,
        accounts.check_jobs,
        accounts.check_audit,
        accounts.check_idle,
        accounts.check_stream,
    ):
        check(world, daemon)
