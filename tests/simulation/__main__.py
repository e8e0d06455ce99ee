"""`python -m tests.simulation --seeds N --start S`: run many histories.

`--machine N` lets hypothesis choose N other ones, and make the shortest of one that fails.
"""

import argparse
import sys
import time

from tests.simulation.history import Totals, cores, run_in_parallel, run_seeds
from tests.simulation.machine import run_machine


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
    began, totals = time.perf_counter(), Totals()
    seeds = range(asked.start, asked.start + asked.seeds)
    if asked.verbose or asked.processes == 1:
        portions = (run_seeds([seed], asked.shape, verbose=asked.verbose) for seed in seeds)
    else:
        portions = run_in_parallel(seeds, asked.shape, asked.processes)
    for portion in portions:
        totals.add(portion)
        for error in portion.broken.values():
            sys.stdout.write(f"{error}\n")
        if totals.broken and not asked.keep_going:
            break
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{totals.histories} histories in {seconds:.1f} s ({totals.histories / seconds:.1f}/s):"
        f" {totals.events} events, {totals.attempts} attempts, {totals.deaths} deaths\n"
    )
    if totals.broken:
        sys.stdout.write(f"broken: {sorted(totals.broken)}\n")
    return 1 if totals.broken else 0


if __name__ == "__main__":
    sys.exit(main())
