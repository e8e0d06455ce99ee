"""Where the processor time of a delivery goes: `python -m tests.bench.profile`.

The daemon under the load of the table's first row, sampled from within. The first list has the cost
of each function with all that it calls, the second the cost of the function itself: microseconds of
processor time for each delivery, by thread. C code counts for the function that called it.
"""

import argparse
import json
import os
import signal
import sys
from collections import Counter

from tests.bench.client import wait_until
from tests.bench.daemon_process import BenchDaemon, running_daemon
from tests.bench.nginx import Nginx, nginx_of_its_own
from tests.bench.rows.delivery import WARM, WEBHOOKS, delivered_rate

Stacks = list[tuple[str, list[str], float]]


def sampled(nginx: Nginx, deliveries: int) -> Stacks:
    """The thread, the stack and the seconds of each sample."""
    alone = "[delivery]\nsender_processes = 0\n"  # so that all of it is in one process
    with running_daemon(nginx.ca_file, settings=alone, module="tests.bench.sampled") as daemon:
        daemon.webhooks(WEBHOOKS, nginx)
        delivered_rate(daemon, WARM)
        os.kill(daemon.process.pid, signal.SIGUSR1)
        delivered_rate(daemon, deliveries, WARM)
        return _read(daemon)


def _read(daemon: BenchDaemon) -> Stacks:
    os.kill(daemon.process.pid, signal.SIGUSR2)
    path = daemon.process.home / "samples"
    wait_until(path.exists)
    found: Stacks = json.loads(path.read_text())
    return found


def report(stacks: Stacks, deliveries: int, most: int) -> str:
    """The lists, for people."""
    threads: Counter[str] = Counter()
    whole: Counter[tuple[str, str]] = Counter()
    alone: Counter[tuple[str, str]] = Counter()
    for thread, stack, seconds in stacks:
        threads[thread] += seconds
        alone[thread, stack[0]] += seconds
        for call in set(stack):
            whole[thread, call] += seconds
    lines = [f"microseconds of processor time for each of {deliveries:,} deliveries"]
    lines += [_line(used, deliveries, thread, "") for thread, used in threads.most_common(4)]
    for title, found in (("with all it calls", whole), ("itself", alone)):
        lines.append(f"\n{title}")
        lines += [_line(used, deliveries, *key) for key, used in found.most_common(most)]
    return "\n".join(lines)


def _line(seconds: float, deliveries: int, thread: str, call: str) -> str:
    return f"{seconds / deliveries * 1e6:8.1f}  {thread[:12]:12}  {call}".rstrip()


def main() -> None:
    """Sample and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.profile", description=__doc__)
    parser.add_argument("--deliveries", type=int, default=30_000)
    parser.add_argument("--most", type=int, default=45, help="lines in each list")
    options = parser.parse_args()
    with nginx_of_its_own() as nginx:
        stacks = sampled(nginx, options.deliveries)
    sys.stdout.write(f"{report(stacks, options.deliveries, options.most)}\n")


if __name__ == "__main__":
    main()
