"""Calls of functions for each delivery, counted: `python -m tests.bench.calls`.

The load is that of the table's first row. The machine hardly changes the count, so it shows what a
clock on a shared machine cannot: a loss or a gain of a few percent. Most of a delivery's processor
time goes into these calls.
"""

import argparse
import json
import os
import signal
import sys
from collections import Counter

from tests.bench import work
from tests.bench.client import wait_until
from tests.bench.daemon_process import BenchDaemon, running_daemon
from tests.bench.nginx import Nginx, nginx_of_its_own
from tests.bench.result import Result
from tests.bench.rows.delivery import WARM, WEBHOOKS, delivered_rate

DELIVERIES = 5_000
MOST = 330
"""The bound on calls of Python functions for a delivery, a sixth above the count under Python 3.11:
on a slower machine, calls that happen a few times a second count for fewer deliveries."""
_THREADS = ("loop", "writer", "sender")

Calls = dict[str, Counter[tuple[bool, str, str]]]
"""By thread: whether the function is Python's, its name, the name of its caller."""


def counted(nginx: Nginx, deliveries: int = DELIVERIES) -> Calls:
    """The calls of the daemon's two threads that deliver, and of the worker process."""
    one = "[delivery]\nsender_processes = 1\n"
    with running_daemon(nginx.ca_file, settings=one, module="tests.bench.counted") as daemon:
        daemon.webhooks(WEBHOOKS, nginx)
        delivered_rate(daemon, WARM)
        processes = daemon.processes()
        for pid in processes:
            os.kill(pid, signal.SIGUSR1)
        daemon.inbox.submit(work.bodies(deliveries, WEBHOOKS))
        # A long interval: each question costs calls, too.
        daemon.wait_delivered(WARM + deliveries, every=0.5)
        for pid in processes:
            os.kill(pid, signal.SIGUSR2)
        main, worker = (_read(daemon, pid) for pid in processes)
    return {
        "loop": main["MainThread"],
        "writer": main["writer"],
        "sender": worker["MainThread"],
    }


def _read(daemon: BenchDaemon, pid: int) -> Calls:
    path = daemon.process.home / f"calls-{pid}"
    wait_until(path.exists)
    found: Calls = {}
    for (thread, *call), n in json.loads(path.read_text()):
        found.setdefault(thread, Counter())[tuple(call)] = n
    return found


def result(nginx: Nginx) -> Result:
    """All calls of Python functions, for each delivery."""
    calls = counted(nginx)
    each = [_sum(calls[thread], python=True) / DELIVERIES for thread in _THREADS]
    total = sum(each)
    return Result(
        "calls of Python functions for a delivery",
        f"{total:.0f}",
        "",
        total,
        MOST,
        at_most=True,
        unit="",
        samples=dict(zip(_THREADS, ([n] for n in each), strict=True)),
    )


def report(calls: Calls, deliveries: int, most: int) -> str:
    """The sums, and the functions that are called most in each thread."""
    lines = [f"calls for each of {deliveries:,} deliveries: of Python's functions, of C's"]
    for thread in _THREADS:
        sums = [_sum(calls[thread], python=python) for python in (True, False)]
        lines.append("".join(f"{n / deliveries:8.1f}" for n in sums) + f"  {thread}")
    for thread in _THREADS:
        lines.append(f"\n{thread}")
        for (python, name, by), n in calls[thread].most_common(most):
            lines.append(f"{n / deliveries:8.2f}  {'  ' if python else 'C '}{name}  from {by}")
    return "\n".join(lines)


def _sum(calls: Counter[tuple[bool, str, str]], *, python: bool) -> int:
    return sum(n for (is_python, _, _), n in calls.items() if is_python is python)


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.calls", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=DELIVERIES)
    parser.add_argument("--most", type=int, default=30, help="lines for each thread")
    options = parser.parse_args()
    with nginx_of_its_own() as nginx:
        calls = counted(nginx, options.deliveries)
    sys.stdout.write(f"{report(calls, options.deliveries, options.most)}\n")


if __name__ == "__main__":
    main()
