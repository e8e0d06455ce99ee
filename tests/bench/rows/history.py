"""The time to read pages of a history of a million deliveries, beside one of ten thousand."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.bench import history
from tests.bench.client import Client
from tests.bench.daemon_process import running_daemon
from tests.bench.plan import Plan
from tests.bench.result import Result, median

LARGE, SMALL = 1_000_000, 10_000
WEBHOOKS = 8
REPEATS = 30
PAGES = 20
SETTLE = 2.0
"""Seconds for the daemons' work after their start."""

FIRST = "/v1/deliveries?limit=50"
FILTERED = "/v1/deliveries?limit=50&filter=status:failed%20webhook:%22webhook%203%22"


def first_page(control: Client) -> None:
    """The newest deliveries."""
    control.call("GET", FIRST)


def filtered_page(control: Client) -> None:
    """The newest failed ones of one webhook: one in 400 of all."""
    control.call("GET", FILTERED)


def scroll(control: Client) -> None:
    """Twenty pages, one after the other."""
    path = FIRST
    for _ in range(PAGES):
        path = f"{FIRST}&cursor={control.call('GET', path)['next']}"


READS: dict[str, Callable[[Client], None]] = {
    "first page": first_page,
    "filtered page": filtered_page,
    "scroll": scroll,
}


def measure(plan: Plan) -> list[Result]:
    """Two daemons side by side, read from by turns."""
    large = LARGE // 10 if plan.short else LARGE
    with ExitStack() as stack:
        controls = {}
        for size in (SMALL, large):
            daemon = stack.enter_context(running_daemon(prepare=partial(_fill, size)))
            controls[size] = daemon.control
        time.sleep(SETTLE)
        results = []
        for name, ask in READS.items():
            took: dict[int, list[float]] = {size: [] for size in controls}
            for _ in range(REPEATS):
                for size, control in controls.items():
                    started = time.perf_counter()
                    ask(control)
                    took[size].append((time.perf_counter() - started) * 1000)
            results.append(_result(name, took[large], took[SMALL], large))
        return results


def _fill(deliveries: int, home: Path) -> None:
    history.fill(home, "https://127.0.0.1:1/hook", deliveries, WEBHOOKS)


def _result(name: str, large: list[float], small: list[float], deliveries: int) -> Result:
    return Result(
        f"history of {deliveries:,}, {name}, beside {SMALL:,}",
        f"{median(large):.1f} ms",
        f"{median(small):.1f} ms",
        median(large) / median(small),
        2,
        at_most=True,
        samples={"large": large, "small": small},
    )
