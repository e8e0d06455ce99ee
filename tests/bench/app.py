"""What the app costs at several rates of delivery: `python -m tests.bench.app`.

On a real terminal of 80x24 and of 200x60, idle and with more and more deliveries a second: the time
to its first row, the time from a key to what it displays, its processor share, the bytes it writes
to the terminal, its memory. Daemon and receiver run on the same cores: above what they reach, the
rate is the one that they reach.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import terminal, work
from tests.bench.daemon_process import BenchDaemon, memory_mb, running_daemon
from tests.bench.nginx import NoNginx, nginx_of_its_own
from tests.bench.result import percentile
from tests.bench.rows.delivery import WEBHOOKS
from tests.bench.rows.keys import SETTLE, cost, key_to_paint, streaming

SIZES = ((80, 24), (200, 60))
RATES = (0, 100, 1_000, 4_000)
BEFORE = 2_000


@dataclass(frozen=True)
class Point:
    """The app at one size and rate. `rate`: events a second; `reached`: deliveries a second."""

    size: tuple[int, int]
    rate: int
    reached: float
    first_ms: float
    key_ms: float
    processor: float
    written: float
    memory: float

    def line(self) -> str:
        """A row for people."""
        width, height = self.size
        return (
            f"{f'{width}x{height}':>7} {self.rate:>8,}/s {self.reached:>8,.0f}/s"
            f" {self.first_ms:>8.0f} ms {self.key_ms:>8.0f} ms {self.processor:>8.1f}%"
            f" {self.written:>8.1f} KB/s {self.memory:>6.0f} MB"
        )


HEAD = "   size      emitted  delivered  first row     key p99  processor     written   memory"


def measured(daemon: BenchDaemon, size: tuple[int, int], rate: int) -> Point:
    """Measure one point."""
    with _load(daemon, rate):
        time.sleep(1.0 if rate else 0.0)
        started = time.perf_counter()
        with terminal.running("-m", "corgea_tui", env=daemon.process.env, size=size) as shown:
            first = shown.until(lambda text: work.EVENT_TYPE[:8] in text) - started
            shown.watch(SETTLE)
            before, began = daemon.statistics()["total"], time.perf_counter()
            keys = key_to_paint(shown)
            processor, written = cost(shown)
            reached = (daemon.statistics()["total"] - before) / (time.perf_counter() - began)
            memory = memory_mb(shown.pid)
    return Point(
        size, rate, reached, first * 1000, percentile(keys, 0.99), processor, written, memory
    )


@contextmanager
def _load(daemon: BenchDaemon, rate: int) -> Iterator[None]:
    with streaming(daemon, rate) if rate else nullcontext():
        yield
    daemon.wait_idle()


def points(rates: tuple[int, ...]) -> Iterator[Point]:
    """Every point, as soon as it is measured."""
    with (
        nginx_of_its_own() as nginx,
        running_daemon(nginx.ca_file, watched=False) as daemon,
    ):
        daemon.webhooks(WEBHOOKS, nginx)
        daemon.inbox.submit(work.bodies(BEFORE, WEBHOOKS))
        daemon.wait_idle()
        for size in SIZES:
            for rate in rates:
                yield measured(daemon, size, rate)


def main() -> None:
    """Measure and print the points."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.app", description=__doc__)
    parser.add_argument("rates", nargs="*", type=int, metavar="RATE", help="events a second")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the points there, too")
    options = parser.parse_args()
    found = []
    sys.stdout.write(f"{HEAD}\n")
    try:
        for point in points(tuple(options.rates) or RATES):
            found.append(point)
            sys.stdout.write(f"{point.line()}\n")
            sys.stdout.flush()
    except NoNginx as error:
        parser.error(str(error))
    if options.json:
        options.json.write_text(json.dumps([asdict(point) for point in found], indent=1))


if __name__ == "__main__":
    main()
