"""Events accepted a second over NDJSON, beside the bare inserts that any store would have to do."""

import time

from tests.bench import work
from tests.bench.house import running_house
from tests.bench.plan import Plan, medians
from tests.bench.result import Result

WARM, MEASURED = 5_000, 60_000


def accepted_rate(plan: Plan) -> float:
    """Events a second on one connection; no webhook wants them."""
    with running_house() as house:
        house.inbox.submit(list(work.bodies(WARM, 1)))
        bodies = list(work.bodies(plan.amount(MEASURED), 1))
        started = time.perf_counter()
        answered = house.inbox.submit(bodies)
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
