"""`python -m tests.simulation --seeds N --start S`: live through many histories.

`--machine N` lets hypothesis choose N other ones, and make the shortest of one that fails.
"""

import argparse
import sys
import time

from tests.simulation.history import run
from tests.simulation.machine import run_machine
from tests.simulation.stage import Broken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many histories")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--verbose", action="store_true", help="print everything that happens")
    parser.add_argument("--keep-going", action="store_true", help="do not end at the first failure")
    parser.add_argument("--machine", type=int, metavar="N", help="N histories of the machine")
    asked = parser.parse_args()
    if asked.machine:
        run_machine(asked.machine)
        return 0
    began, events, attempts, deaths, broken = time.perf_counter(), 0, 0, 0, []
    for seed in range(asked.start, asked.start + asked.seeds):
        try:
            summary = run(seed, verbose=asked.verbose)
        except Broken as error:
            sys.stdout.write(f"{error}\n")
            broken.append(seed)
            if not asked.keep_going:
                return 1
            continue
        events += summary.events
        attempts += summary.attempts
        deaths += summary.deaths
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{asked.seeds} histories in {seconds:.1f} s ({asked.seeds / seconds:.1f}/s):"
        f" {events} events, {attempts} attempts, {deaths} deaths\n"
    )
    if broken:
        sys.stdout.write(f"broken: {broken}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
