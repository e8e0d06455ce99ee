"""From emit to receipt on an idle daemon, beside one bare POST."""

from itertools import repeat

from tests.bench import work
from tests.bench.figures import percentile
from tests.bench.house import running_house
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result

EMITS, PAUSE = 400, 0.01


def emit_to_receipt(plan: Plan) -> float:
    """The p99 in milliseconds: accepted, committed, claimed, sent, received."""
    with running_house(plan.nginx.ca_file) as house, Receipts(plan.nginx) as receipts:
        house.webhook(0, plan.nginx.url("/told"))
        project = work.project(0)
        emit_paced(house, receipts, repeat(project, 20), PAUSE)
        found = emit_paced(house, receipts, repeat(project, plan.amount(EMITS)), PAUSE)
        return percentile(found[project], 0.99)


def measure(plan: Plan) -> list[Result]:
    """The daemon's way beside the way without it."""
    url, ca_file = plan.nginx.url(), plan.nginx.ca_file
    found = plan.take_turns(
        daemon=lambda: emit_to_receipt(plan),
        bare=lambda: plan.reference("posts", "alone", url, ca_file, plan.amount(EMITS)),
    )
    p99 = medians(found)
    return [
        Result(
            "emit to receipt, idle, p99, beside one bare POST",
            f"{p99['daemon']:.1f} ms",
            f"{p99['bare']:.1f} ms",
            p99["daemon"] - p99["bare"],
            15,
            at_most=True,
            unit=" ms more",
            samples=found,
        )
    ]
