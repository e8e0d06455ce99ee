"""The time from emit to receipt on an idle daemon, beside one bare POST."""

from itertools import repeat

from tests.bench import work
from tests.bench.daemon_process import running_daemon
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result, percentile

EMITS, PAUSE = 400, 0.01


def emit_to_receipt(plan: Plan) -> float:
    """The p99 in milliseconds; includes accept, commit, claim, sending."""
    with running_daemon(plan.nginx.ca_file) as daemon, Receipts(plan.nginx) as receipts:
        daemon.webhook(0, plan.nginx.url("/told"))
        project = work.project(0)
        emit_paced(daemon, receipts, repeat(project, 20), PAUSE)
        found = emit_paced(daemon, receipts, repeat(project, plan.amount(EMITS)), PAUSE)
        return percentile(found[project], 0.99)


def measure(plan: Plan) -> list[Result]:
    """The daemon beside a bare POST."""
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
