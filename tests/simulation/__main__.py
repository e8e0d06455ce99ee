"""`python -m tests.simulation --seeds N --start S`: live through many histories.

`--machine N` lets hypothesis choose N other ones, and make the shortest of one that fails.
"""

import argparse
import sys
import time

from tests.simulation.machine import run_machine
from tests.simulation.many import Lived, cores, live_through, over_the_cores


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many histories")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--shape", choices=("both", "brief", "long"), default="both")
    parser.add_argument("--processes", type=int, default=cores())
    parser.add_argument("--verbose", action="store_true", help="print everything that happens")
    parser.add_argument("--keep-going", action="store_true", help="do not end at the first failure")
    parser.add_argument("--machine", type=int, metavar="N", help="N histories of the machine")
    asked = parser.parse_args()
    if asked.machine:
        run_machine(asked.machine)
        return 0
    began, lived = time.perf_counter(), Lived()
    seeds = range(asked.start, asked.start + asked.seeds)
    if asked.verbose or asked.processes == 1:
        portions = (live_through([seed], asked.shape, verbose=asked.verbose) for seed in seeds)
    else:
        portions = over_the_cores(seeds, asked.shape, asked.processes)
    for portion in portions:
        lived.add(portion)
        for error in portion.broken.values():
            sys.stdout.write(f"{error}\n")
        if lived.broken and not asked.keep_going:
            break
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{lived.histories} histories in {seconds:.1f} s ({lived.histories / seconds:.1f}/s):"
        f" {lived.events} events, {lived.attempts} attempts, {lived.deaths} deaths\n"
    )
    if lived.broken:
        sys.stdout.write(f"broken: {sorted(lived.broken)}\n")
    return 1 if lived.broken else 0


if __name__ == "__main__":
    sys.exit(main())
