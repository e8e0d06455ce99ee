"""What things cost as work grows: `python -m tests.bench.growth [CURVE…]`.

Each curve is a figure over one quantity, drawn as text. It should be flat; a curve that is not says
how much its worst point is worse than its first.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tests.bench import history, work
from tests.bench.client import Watcher, wait_until
from tests.bench.figures import median
from tests.bench.house import House, cpu_seconds, running_house
from tests.bench.nginx import Nginx, NoNginx, nginx_of_its_own
from tests.bench.rows.delivery import WEBHOOKS
from tests.bench.rows.history import filtered_page, first_page

Extent = Literal["short", "whole", "large"]
HISTORY: dict[Extent, tuple[int, ...]] = {
    "short": (10_000, 50_000),
    "whole": (10_000, 100_000, 1_000_000),
    "large": (10_000, 100_000, 1_000_000, 10_000_000),
}
WAITING: dict[Extent, tuple[int, ...]] = {
    "short": (10_000, 50_000),
    "whole": (10_000, 100_000, 1_000_000),
    "large": (10_000, 100_000, 1_000_000),
}
WARM, MEASURED = 1_000, 8_000
BAR = 40
FLAT = 1.5
"""Up to how many times the first point's cost a curve counts as flat."""


@dataclass(frozen=True)
class Curve:
    """A figure over sizes; `less`: the smaller the better."""

    name: str
    unit: str
    points: dict[int, float]
    less: bool = True

    @property
    def growth(self) -> float:
        """How many times worse the worst point is than the first."""
        first, *_ = values = list(self.points.values())
        return max(values) / first if self.less else first / min(values)

    def drawn(self) -> str:
        """The curve, for people."""
        most = max(self.points.values())
        word = "flat" if self.growth <= FLAT else f"{self.growth:.1f} times the first at worst"
        lines = [f"{self.name} ({word})"]
        for size, value in self.points.items():
            bar = "█" * max(1, round(value / most * BAR))
            lines.append(f"{size:>11,}  {value:>9,.1f} {self.unit:<3} {bar}")
        return "\n".join(lines)


def _delivered(house: House, events: int, projects: int, each: int = 1) -> float:
    """Microseconds of time that passes for each delivery, everything warm."""
    before = house.statistics()["total"]
    house.inbox.submit(work.bodies(max(WARM // each, projects), projects))
    before += max(WARM // each, projects) * each
    house.wait_delivered(before)
    started = time.perf_counter()
    house.inbox.submit(work.bodies(events, projects))
    house.wait_delivered(before + events * each)
    return (time.perf_counter() - started) / (events * each) * 1e6


def webhooks(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """Deliveries spread over ever more webhooks; beyond one, the wire is full."""
    points = {}
    for count in (8, 64) if extent == "short" else (1, 10, 100, 1_000):
        with running_house(nginx.ca_file) as house:
            for number in range(count):
                house.webhook(number, nginx.url(f"/hook/{number}"))
            points[count] = _delivered(house, MEASURED, count)
    yield Curve("time for a delivery, by webhooks", "µs", points)


def fan_out(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """One event for ever more webhooks."""
    points = {}
    for count in (8, 64) if extent == "short" else (1, 8, 50, 200):
        with running_house(nginx.ca_file) as house:
            for number in range(count):
                url = nginx.url(f"/hook/{number}")
                house.webhook(number, url, projects=[work.project(0)])
            points[count] = _delivered(house, MEASURED // count, 1, each=count)
    yield Curve("time for a delivery, by webhooks that get each event", "µs", points)


def watchers(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """Everybody looks on; the watchers' own processor time is the bench's, on the same cores."""
    points = {}
    for count in (1, 10) if extent == "short" else (1, 10, 100):
        with running_house(nginx.ca_file, watched=False) as house:
            house.webhooks(WEBHOOKS, nginx)
            with _watched(house, count):
                used = cpu_seconds(house.process.pid)
                _delivered(house, MEASURED, WEBHOOKS)
                used = cpu_seconds(house.process.pid) - used
            points[count] = used / (MEASURED + WARM) * 1e6
    yield Curve("the daemon's processor time for a delivery, by watchers", "µs", points)


@contextmanager
def _watched(house: House, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.callback(Watcher(house.process.control).close)
        yield


def backlog(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """A daemon starts on ever more that waits: its start, its memory, and what it delivers then."""
    starts, memory, times = {}, {}, {}
    for waiting in WAITING[extent]:
        began: list[float] = []

        def prepare(home: Path, count: int = waiting, began: list[float] = began) -> None:
            history.fill(home, nginx.url("/hook"), count, WEBHOOKS, waiting=True)
            began.append(time.perf_counter())

        with running_house(nginx.ca_file, prepare=prepare) as house:
            starts[waiting] = (time.perf_counter() - began[0]) * 1000
            times[waiting] = _drained(house)
            memory[waiting] = house.memory_mb()
    yield Curve("start until the sockets answer, by deliveries waiting", "ms", starts)
    yield Curve("time for a delivery, by deliveries waiting", "µs", times)
    yield Curve("memory while delivering, by deliveries waiting", "MB", memory)


def _drained(house: House) -> float:
    """Microseconds for each of the first deliveries of a backlog, after a moment."""
    wait_until(lambda: house.statistics()["successful"] >= WARM)
    first, started = house.statistics()["successful"], time.perf_counter()
    wait_until(lambda: house.statistics()["successful"] >= first + MEASURED // 2)
    passed = time.perf_counter() - started
    return passed / (house.statistics()["successful"] - first) * 1e6


def long_history(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """Reading, and delivering, on top of ever more that is over."""
    first, filtered, times = {}, {}, {}
    for size in HISTORY[extent]:

        def prepare(home: Path, count: int = size) -> None:
            history.fill(home, nginx.url("/hook"), count, WEBHOOKS)

        with running_house(nginx.ca_file, prepare=prepare) as house:
            first[size] = _median_ms(lambda house=house: first_page(house.control))
            filtered[size] = _median_ms(lambda house=house: filtered_page(house.control))
            times[size] = _on_top(house)
    yield Curve("first page, by deliveries in history", "ms", first)
    yield Curve("filtered page, by deliveries in history", "ms", filtered)
    yield Curve("time for a delivery, by deliveries in history", "µs", times)


def _on_top(house: House) -> float:
    before = house.statistics()
    house.inbox.submit(work.bodies(WARM, WEBHOOKS))
    _wait_successful(house, before["successful"] + WARM)
    started = time.perf_counter()
    house.inbox.submit(work.bodies(MEASURED, WEBHOOKS))
    _wait_successful(house, before["successful"] + WARM + MEASURED)
    return (time.perf_counter() - started) / MEASURED * 1e6


def _wait_successful(house: House, count: int) -> None:
    wait_until(lambda: house.statistics()["successful"] >= count)


def _median_ms(ask: Callable[[], None], times: int = 30) -> float:
    took = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return median(took)


CURVES = {
    "webhooks": webhooks,
    "fan-out": fan_out,
    "watchers": watchers,
    "history": long_history,
    "backlog": backlog,
}


def main() -> None:
    """Measure what was asked for, and draw it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("curves", nargs="*", metavar="CURVE", help=", ".join(CURVES))
    parser.add_argument(
        "--short",
        dest="extent",
        action="store_const",
        const="short",
        default="whole",
        help="two small points of each",
    )
    parser.add_argument(
        "--large",
        dest="extent",
        action="store_const",
        const="large",
        help="a history of ten million, too (14 GB in the folder for temporary files)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the points there, too")
    asked = parser.parse_args()
    if unknown := set(asked.curves) - set(CURVES):
        parser.error(f"no such curve: {', '.join(sorted(unknown))}")
    found = []
    try:
        with nginx_of_its_own() as nginx:
            for name in asked.curves or CURVES:
                for curve in CURVES[name](nginx, asked.extent):
                    found.append(curve)
                    sys.stdout.write(f"{curve.drawn()}\n\n")
                    sys.stdout.flush()
    except NoNginx as error:
        parser.error(str(error))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(curve) for curve in found], indent=1))


if __name__ == "__main__":
    main()
