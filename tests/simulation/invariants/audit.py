"""The audit is whole: its chain holds, and each act that was answered is in it once."""

from typing import Any

from daemon.store.audit import entries, sealed_end, verify_chain
from tests.simulation.world import World


def check(world: World, life: Any) -> None:
    service = life.service
    execute = service.db.connection().execute
    end = verify_chain(entries(execute))
    sealed = sealed_end(execute, service.cipher)
    if sealed is not None and sealed != end:
        world.complain(f"the audit ends at {end}, its seal says {sealed}")
    acts = execute(
        "SELECT count(*) FROM audit WHERE action NOT IN ('webhook.pause', 'webhook.activate')"
    ).fetchone()[0]
    if not world.granted <= acts <= world.asked:
        world.complain(f"{acts} acts are in the audit, of {world.granted} to {world.asked}")
