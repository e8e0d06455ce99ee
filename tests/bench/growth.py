"""How costs grow with the work: `python -m tests.bench.growth [CURVE…]`.

Each curve is a figure over one quantity, drawn as text. It should be flat; a curve that is not
names the ratio of its worst point to its first.
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
from tests.bench.daemon_process import BenchDaemon, cpu_seconds, running_daemon
from tests.bench.nginx import Nginx, NoNginx, nginx_of_its_own
from tests.bench.result import median
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
    """A figure over sizes; `less`: lower is better."""

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


def _delivered(daemon: BenchDaemon, events: int, projects: int, each: int = 1) -> float:
    """Microseconds of elapsed time for each delivery, after a warm-up."""
    before = daemon.statistics()["total"]
    daemon.inbox.submit(work.bodies(max(WARM // each, projects), projects))
    before += max(WARM // each, projects) * each
    daemon.wait_delivered(before)
    started = time.perf_counter()
    daemon.inbox.submit(work.bodies(events, projects))
    daemon.wait_delivered(before + events * each)
    return (time.perf_counter() - started) / (events * each) * 1e6


def webhooks(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """Deliveries spread over more and more webhooks."""
    points = {}
    for count in (8, 64) if extent == "short" else (1, 10, 100, 1_000):
        with running_daemon(nginx.ca_file) as daemon:
            for number in range(count):
                daemon.webhook(number, nginx.url(f"/hook/{number}"))
            points[count] = _delivered(daemon, MEASURED, count)
    yield Curve("time for a delivery, by webhooks", "µs", points)


def fan_out(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """One event for more and more webhooks."""
    points = {}
    for count in (8, 64) if extent == "short" else (1, 8, 50, 200):
        with running_daemon(nginx.ca_file) as daemon:
            for number in range(count):
                url = nginx.url(f"/hook/{number}")
                daemon.webhook(number, url, projects=[work.project(0)])
            points[count] = _delivered(daemon, MEASURED // count, 1, each=count)
    yield Curve("time for a delivery, by webhooks that get each event", "µs", points)


def watchers(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """More and more watchers; their own processor time is the bench's, on the same cores."""
    points = {}
    for count in (1, 10) if extent == "short" else (1, 10, 100):
        with running_daemon(nginx.ca_file, watched=False) as daemon:
            daemon.webhooks(WEBHOOKS, nginx)
            with _watched(daemon, count):
                used = cpu_seconds(daemon.process.pid)
                _delivered(daemon, MEASURED, WEBHOOKS)
                used = cpu_seconds(daemon.process.pid) - used
            points[count] = used / (MEASURED + WARM) * 1e6
    yield Curve("the daemon's processor time for a delivery, by watchers", "µs", points)


@contextmanager
def _watched(daemon: BenchDaemon, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            stack.callback(Watcher(daemon.process.control).close)
        yield


def backlog(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """A daemon with more and more waiting deliveries: its start, its memory, its speed."""
    starts, memory, times = {}, {}, {}
    for waiting in WAITING[extent]:
        began: list[float] = []

        def prepare(home: Path, count: int = waiting, began: list[float] = began) -> None:
            history.fill(home, nginx.url("/hook"), count, WEBHOOKS, waiting=True)
            began.append(time.perf_counter())

        with running_daemon(nginx.ca_file, prepare=prepare) as daemon:
            starts[waiting] = (time.perf_counter() - began[0]) * 1000
            times[waiting] = _drained(daemon)
            memory[waiting] = daemon.memory_mb()
    yield Curve("start until the sockets answer, by deliveries waiting", "ms", starts)
    yield Curve("time for a delivery, by deliveries waiting", "µs", times)
    yield Curve("memory while delivering, by deliveries waiting", "MB", memory)


def _drained(daemon: BenchDaemon) -> float:
    """Microseconds for each of the first deliveries of a backlog, after a moment."""
    wait_until(lambda: daemon.statistics()["successful"] >= WARM)
    first, started = daemon.statistics()["successful"], time.perf_counter()
    wait_until(lambda: daemon.statistics()["successful"] >= first + MEASURED // 2)
    passed = time.perf_counter() - started
    return passed / (daemon.statistics()["successful"] - first) * 1e6


def long_history(nginx: Nginx, extent: Extent) -> Iterator[Curve]:
    """Reading and delivering with a longer and longer history."""
    first, filtered, times = {}, {}, {}
    for size in HISTORY[extent]:

        def prepare(home: Path, count: int = size) -> None:
            history.fill(home, nginx.url("/hook"), count, WEBHOOKS)

        with running_daemon(nginx.ca_file, prepare=prepare) as daemon:
            first[size] = _median_ms(lambda daemon=daemon: first_page(daemon.control))
            filtered[size] = _median_ms(lambda daemon=daemon: filtered_page(daemon.control))
            times[size] = _with_history(daemon)
    yield Curve("first page, by deliveries in history", "ms", first)
    yield Curve("filtered page, by deliveries in history", "ms", filtered)
    yield Curve("time for a delivery, by deliveries in history", "µs", times)


def _with_history(daemon: BenchDaemon) -> float:
    before = daemon.statistics()
    daemon.inbox.submit(work.bodies(WARM, WEBHOOKS))
    _wait_successful(daemon, before["successful"] + WARM)
    started = time.perf_counter()
    daemon.inbox.submit(work.bodies(MEASURED, WEBHOOKS))
    _wait_successful(daemon, before["successful"] + WARM + MEASURED)
    return (time.perf_counter() - started) / MEASURED * 1e6


def _wait_successful(daemon: BenchDaemon, count: int) -> None:
    wait_until(lambda: daemon.statistics()["successful"] >= count)


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
    """Measure the requested curves, and draw them."""
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
    options = parser.parse_args()
    if unknown := set(options.curves) - set(CURVES):
        parser.error(f"no such curve: {', '.join(sorted(unknown))}")
    found = []
    try:
        with nginx_of_its_own() as nginx:
            for name in options.curves or CURVES:
                for curve in CURVES[name](nginx, options.extent):
                    found.append(curve)
                    sys.stdout.write(f"{curve.drawn()}\n\n")
                    sys.stdout.flush()
    except NoNginx as error:
        parser.error(str(error))
    if options.json:
        options.json.write_text(json.dumps([asdict(curve) for curve in found], indent=1))


if __name__ == "__main__":
    main()
