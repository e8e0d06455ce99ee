"""`python -m tests.bench [ROW…]`: the table of architecture.md, measured on this machine.

Each figure is held against a reference that runs in turn with it, on the same cores and against the
same receiver: nginx, one worker (Debian: `apt-get install nginx-light`). Exits 1 on a miss.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.guard import guarded
from tests.bench.nginx import NoNginx, running_nginx
from tests.bench.plan import Plan
from tests.bench.result import Result, table
from tests.bench.rows import (
    clients,
    delivery,
    history,
    intake,
    isolation,
    keys,
    latency,
    memory,
    paint,
)

ROWS: dict[str, Callable[[Plan], list[Result]]] = {
    "delivery": delivery.measure,
    "clients": clients.measure,
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
    parser.add_argument("--guard", action="store_true", help="a few rows, short, wide bounds")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    try:
        with _plan(asked) as plan:
            results = guarded(plan) if asked.guard else _measure(plan, asked.rows or list(ROWS))
    except NoNginx as error:
        parser.error(str(error))
    sys.stdout.write(f"{table(results)}\n")
    if asked.json:
        asked.json.write_text(json.dumps([each.plain() for each in results], indent=1))
    return 1 if any(each.passed is False for each in results) else 0


@contextmanager
def _plan(asked: argparse.Namespace) -> Iterator[Plan]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, running_nginx(Path(name)) as nginx:
        yield Plan(Path(name), nginx, asked.rounds, asked.short or asked.guard)


def _measure(plan: Plan, rows: list[str]) -> list[Result]:
    results: list[Result] = []
    for row in rows:
        found = ROWS[row](plan)
        sys.stderr.write(
            f"{table(found)}\n\n"
        )  # a whole run takes minutes: this tells how far it is
        results += found
    return results


if __name__ == "__main__":
    sys.exit(main())
