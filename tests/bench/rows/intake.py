"""Events accepted a second over NDJSON, beside the bare inserts that any store has to do."""

import time

from tests.bench import work
from tests.bench.daemon_process import running_daemon
from tests.bench.plan import Plan, medians
from tests.bench.result import Result

WARM, MEASURED = 5_000, 60_000


def accepted_rate(plan: Plan) -> float:
    """Events a second on one connection; no webhook subscribes to them."""
    with running_daemon() as daemon:
        daemon.inbox.submit(list(work.bodies(WARM, 1)))
        bodies = list(work.bodies(plan.amount(MEASURED), 1))
        started = time.perf_counter()
        answered = daemon.inbox.submit(bodies)
        return answered / (time.perf_counter() - started)


def bare_rate(plan: Plan) -> float:
    """Rows a second in batches of 100."""
    with plan.fresh_folder() as folder:
        return plan.reference("rows", folder, plan.amount(MEASURED))


def measure(plan: Plan) -> list[Result]:
    """The inbox beside `executemany`."""
    found = plan.take_turns(
        daemon=lambda: accepted_rate(plan),
        bare=lambda: bare_rate(plan),
    )
    rates = medians(found)
    return [
        Result(
            "events accepted, beside bare executemany of 100",
            f"{rates['daemon']:,.0f}/s",
            f"{rates['bare']:,.0f}/s",
            rates["daemon"] / rates["bare"],
            0.15,
            samples=found,
        )
    ]
