"""What a delivery takes, counted and not timed: `python -m tests.bench.calls`.

Calls of functions for each delivery, under the load of the table's first row. Machines and their
moods hardly change them, so they show what no clock on a shared machine can: a loss, or a gain, of
a few parts in a hundred. Most of a delivery's processor time goes with these calls.
"""

import argparse
import json
import os
import signal
import sys
from collections import Counter

from tests.bench import work
from tests.bench.client import wait_until
from tests.bench.house import House, running_house
from tests.bench.nginx import Nginx, nginx_of_its_own
from tests.bench.result import Result
from tests.bench.rows.delivery import WARM, WEBHOOKS, delivered_rate

DELIVERIES = 5_000
MOST = 330
"""Calls of Python functions for a delivery, a sixth above what it takes under Python 3.11:
what happens some times a second is more for each where the machine is slower."""
_THREADS = ("loop", "writer", "sender")

Calls = dict[str, Counter[tuple[bool, str, str]]]
"""By thread: whether it is Python's, its name, who called it."""


def counted(nginx: Nginx, deliveries: int = DELIVERIES) -> Calls:
    """The calls of the daemon's two threads that deliver, and of the process that sends."""
    one = "[delivery]\nsender_processes = 1\n"
    with running_house(nginx.ca_file, settings=one, module="tests.bench.counted") as house:
        house.webhooks(WEBHOOKS, nginx)
        delivered_rate(house, WARM)
        processes = house.processes()
        for pid in processes:
            os.kill(pid, signal.SIGUSR1)
        house.inbox.submit(work.bodies(deliveries, WEBHOOKS))
        # Asked seldom whether it is over: to answer takes calls, too.
        house.wait_delivered(WARM + deliveries, every=0.5)
        for pid in processes:
            os.kill(pid, signal.SIGUSR2)
        daemon, sender = (_read(house, pid) for pid in processes)
    return {
        "loop": daemon["MainThread"],
        "writer": daemon["writer"],
        "sender": sender["MainThread"],
    }


def _read(house: House, pid: int) -> Calls:
    place = house.process.home / f"calls-{pid}"
    wait_until(place.exists)
    found: Calls = {}
    for (thread, *call), n in json.loads(place.read_text()):
        found.setdefault(thread, Counter())[tuple(call)] = n
    return found


def result(nginx: Nginx) -> Result:
    """All of Python's calls, for a delivery."""
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
    """The sums, and what is called most in each thread."""
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
    asked = parser.parse_args()
    with nginx_of_its_own() as nginx:
        calls = counted(nginx, asked.deliveries)
    sys.stdout.write(f"{report(calls, asked.deliveries, asked.most)}\n")


if __name__ == "__main__":
    main()
