"""The time from the app's start to its first row, beside the smallest Textual app."""

import os
import time

from tests.bench import terminal, work
from tests.bench.daemon_process import BenchDaemon, running_daemon
from tests.bench.plan import Plan, medians
from tests.bench.result import Result

DELIVERIES = 2_000
SEEN = "scan.completed"


def first_paint(*arguments: str, env: dict[str, str]) -> float:
    """Milliseconds from the program's start until the first row is on the screen."""
    started = time.perf_counter()
    with terminal.running(*arguments, env=env) as shown:
        return (shown.until(lambda text: SEEN in text) - started) * 1000


def _with_deliveries(plan: Plan, daemon: BenchDaemon) -> None:
    daemon.webhook(0, plan.nginx.url())
    daemon.inbox.submit(list(work.bodies(DELIVERIES, 1)))
    daemon.wait_delivered(DELIVERIES)


def measure(plan: Plan) -> list[Result]:
    """The app beside a minimal one."""
    with running_daemon(plan.nginx.ca_file, watched=False) as daemon:
        _with_deliveries(plan, daemon)
        env = daemon.process.env
        minimal = "tests.bench.references.paint"
        found = plan.take_turns(
            app=lambda: first_paint("-m", "corgea_tui", env=env),
            minimal=lambda: first_paint("-m", minimal, env={**os.environ}),
        )
    took = medians(found)
    return [
        Result(
            "first paint, beside a minimal Textual app",
            f"{took['app']:.0f} ms",
            f"{took['minimal']:.0f} ms",
            took["app"] / took["minimal"],
            1.6,
            at_most=True,
            samples=found,
        )
    ]
