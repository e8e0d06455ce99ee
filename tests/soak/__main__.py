"""`python -m tests.soak --minutes N`: whether a daemon that works all the time stays as it is.

Memory, descriptors, threads, the write-ahead log and the database must be flat once it is warm.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.soak.growth import MEGABYTE, Held
from tests.soak.run import soak

EVERY = 10


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cg-", dir="/tmp") as home:
        soaked = soak(Path(home), asked.minutes * 60, _tell)
    sys.stdout.write(
        f"{soaked.events:,} events in {soaked.turns} turns, {soaked.seconds:.0f} s;"
        f" {'flat' if not soaked.wrong else 'NOT FLAT'}\n"
    )
    for wrong in soaked.wrong:
        sys.stdout.write(f"{wrong}\n")
    return 1 if soaked.wrong else 0


def _tell(turn: int, now: Held) -> None:
    if turn % EVERY == 1:
        sys.stdout.write(
            f"turn {turn}: {now.memory / MEGABYTE:.1f} MB, sender {now.sender / MEGABYTE:.1f} MB,"
            f" {now.descriptors} descriptors,"
            f" {now.threads} threads, log {now.wal / MEGABYTE:.1f} MB,"
            f" database {now.database / MEGABYTE:.1f} MB, {now.waiting} wait\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
