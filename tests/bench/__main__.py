"""`python -m tests.bench [ROW…]`: the table of engineering.md, measured on this machine.

Each figure is held against a reference that runs in turn with it, on the same cores and against the
same receiver: nginx, one worker (Debian: `apt-get install nginx-light`). Exits 1 on a miss.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.nginx import NoNginx, running_nginx
from tests.bench.plan import Missing, Plan
from tests.bench.result import Result, table
from tests.bench.rows import delivery, history, intake, isolation, keys, latency, memory, paint

ROWS: dict[str, Callable[[Plan], list[Result]]] = {
    "delivery": delivery.measure,
    "intake": intake.measure,
    "latency": latency.measure,
    "isolation": isolation.measure,
    "paint": paint.measure,
    "keys": keys.measure,
    "history": history.measure,
    "memory": memory.measure,
}


def main() -> int:
    """Measure what was asked for, and print it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"all, or some of: {', '.join(ROWS)}"
    )
    parser.add_argument("--rounds", type=int, default=5, help="medians of how many (default 5)")
    parser.add_argument("--short", action="store_true", help="a quarter of the work, for a look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there, too")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    try:
        results = _measure(asked.rows or list(ROWS), asked.rounds, short=asked.short)
    except NoNginx as error:
        parser.error(str(error))
    sys.stdout.write(f"{table(results)}\n")
    if asked.json:
        asked.json.write_text(json.dumps([each.plain() for each in results], indent=1))
    return 1 if any(each.passed is False for each in results) else 0


def _measure(rows: list[str], rounds: int, *, short: bool) -> list[Result]:
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name, running_nginx(Path(name)) as nginx:
        plan = Plan(Path(name), nginx, rounds, short)
        for row in rows:
            sys.stderr.write(f"{row} …\n")
            try:
                results += ROWS[row](plan)
            except Missing as missing:
                sys.stderr.write(f"{row} is left out: {missing}\n")
    return results


if __name__ == "__main__":
    sys.exit(main())
