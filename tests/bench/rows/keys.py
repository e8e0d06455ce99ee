"""The app while a thousand deliveries a second stream in: keys, processor, bytes written."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench import terminal, work
from tests.bench.client import Client
from tests.bench.daemon_process import BenchDaemon, cpu_seconds, running_daemon
from tests.bench.plan import Plan
from tests.bench.result import Result, median, percentile
from tests.bench.rows.delivery import WEBHOOKS
from tests.bench.terminal import Terminal

RATE, EVERY = 1_000, 0.05
SETTLE, WATCHED = 3.0, 10.0
LETTERS = "qwertzuiopasdfghjkl"
PAUSE = 0.05


def measure(plan: Plan) -> list[Result]:
    """The app idle and under load, in turn."""
    calm: list[float] = []
    busy: list[float] = []
    shares: list[float] = []
    rates: list[float] = []
    with running_daemon(plan.nginx.ca_file, watched=False) as daemon:
        daemon.webhooks(WEBHOOKS, plan.nginx)
        daemon.inbox.submit(work.bodies(1_000, WEBHOOKS))
        with terminal.running("-m", "corgea_tui", env=daemon.process.env) as shown:
            shown.until(lambda text: work.EVENT_TYPE in text)
            for _ in range(plan.rounds):
                shown.watch(SETTLE)
                calm += key_to_paint(shown)
                with streaming(daemon):
                    shown.watch(SETTLE)
                    busy += key_to_paint(shown)
                    share, rate = cost(shown)
                    shares.append(share)
                    rates.append(rate)
    p99 = {"idle": percentile(calm, 0.99), "busy": percentile(busy, 0.99)}
    share, rate = median(shares), median(rates)
    under = f"under {RATE:,} deliveries/s"
    return [
        Result(
            f"key to paint, p99, {under}",
            f"{p99['busy']:.0f} ms",
            f"{p99['idle']:.0f} ms",
            p99["busy"],
            50,
            at_most=True,
            unit=" ms",
            samples={"busy": busy, "idle": calm},
        ),
        Result(f"app's processor, {under}", f"{share:.0f}%", "", share, 25, at_most=True, unit="%"),
        Result(
            f"to the terminal, {under}",
            f"{rate:.0f} KB/s",
            "",
            rate,
            100,
            at_most=True,
            unit=" KB/s",
        ),
    ]


def key_to_paint(shown: Terminal) -> list[float]:
    """Milliseconds from each letter typed into the filter until it is on the screen."""
    shown.press("/")
    shown.watch(0.5)
    took = []
    for end in range(1, len(LETTERS) + 1):
        typed = LETTERS[:end]
        started = time.perf_counter()
        shown.press(LETTERS[end - 1])
        took.append((shown.until(_shows(typed)) - started) * 1000)
        shown.watch(PAUSE)
    shown.press("\x15")
    shown.press("\x1b")
    shown.watch(0.5)
    return took


def _shows(typed: str) -> Callable[[str], bool]:
    return lambda text: typed in text


def cost(shown: Terminal) -> tuple[float, float]:
    """The app's share of a core in percent, and the kilobytes a second that it writes."""
    used, written, started = cpu_seconds(shown.pid), shown.bytes, time.perf_counter()
    shown.watch(WATCHED)
    seconds = time.perf_counter() - started
    share = (cpu_seconds(shown.pid) - used) / seconds * 100
    return share, (shown.bytes - written) / seconds / 1000


@contextmanager
def streaming(daemon: BenchDaemon, rate: int = RATE) -> Iterator[None]:
    """Emit at `rate` for as long as the block lasts."""
    over = threading.Event()
    inbox = Client(daemon.process.inbox)

    def emit() -> None:
        body = b"\n".join(
            work.event(work.project(number % WEBHOOKS)) for number in range(round(rate * EVERY))
        )
        due = time.perf_counter()
        while not over.is_set():
            inbox.submit([body + b"\n"])
            due += EVERY
            over.wait(max(0.0, due - time.perf_counter()))

    thread = threading.Thread(target=emit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        inbox.close()
