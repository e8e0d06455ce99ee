"""What a large history costs its reader: pages of a million deliveries beside ten thousand."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.bench import history
from tests.bench.client import Client
from tests.bench.figures import median
from tests.bench.house import running_house
from tests.bench.plan import Plan
from tests.bench.result import Result

LARGE, SMALL = 1_000_000, 10_000
WEBHOOKS = 8
LOOKS = 30
PAGES = 20
SETTLE = 2.0
"""Seconds for what a daemon does at its start."""

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


ASKED: dict[str, Callable[[Client], None]] = {
    "first page": first_page,
    "filtered page": filtered_page,
    "scroll": scroll,
}


def measure(plan: Plan) -> list[Result]:
    """Two daemons side by side, asked in turn."""
    large = LARGE // 10 if plan.short else LARGE
    with ExitStack() as stack:
        controls = {}
        for size in (SMALL, large):
            house = stack.enter_context(running_house(prepare=lambda home, n=size: _fill(home, n)))
            controls[size] = house.control
        time.sleep(SETTLE)
        results = []
        for name, ask in ASKED.items():
            took: dict[int, list[float]] = {size: [] for size in controls}
            for _ in range(LOOKS):
                for size, control in controls.items():
                    started = time.perf_counter()
                    ask(control)
                    took[size].append((time.perf_counter() - started) * 1000)
            results.append(_result(name, took[large], took[SMALL], large))
        return results


def _fill(home: Path, deliveries: int) -> None:
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
