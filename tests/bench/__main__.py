"""`python -m tests.bench [ROW…]`: the table of docs/performance.md, measured on this machine.

Each figure is compared with a reference that takes turns with it, on the same cores and against the
same receiver: nginx, one worker (Debian: `apt-get install nginx-light`). Exits 1 on a miss.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench import calls
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
GUARD_ROUNDS = 2


def main() -> int:
    """Measure the requested rows, and print them."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "rows", nargs="*", metavar="ROW", help=f"all, or some of: {', '.join(ROWS)}"
    )
    parser.add_argument("--rounds", type=int, default=5, help="medians of how many (default 5)")
    parser.add_argument("--short", action="store_true", help="a quarter of the work")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there, too")
    parser.add_argument("--guard", action="store_true", help="a few rows, short, wide bounds")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    try:
        with _plan(options) as plan:
            results = guarded(plan) if options.guard else _measure(plan, options.rows or list(ROWS))
    except NoNginx as error:
        parser.error(str(error))
    sys.stdout.write(f"{table(results)}\n")
    if options.json:
        options.json.write_text(json.dumps([each.plain() for each in results], indent=1))
    return 1 if any(each.passed is False for each in results) else 0


def guarded(plan: Plan) -> list[Result]:
    """A few rows in under a minute, for CI: each is held to about half of what it reaches.

    CI's machines are shared, so the bounds are wide: what breaks one is a clear loss. Smaller
    losses show in the count of calls, which is held to a sixth.
    """
    plan = replace(plan, rounds=GUARD_ROUNDS, short=True)
    return [
        *[replace(each, target=0.18) for each in delivery.beside(plan, "sender")],
        *[replace(each, target=0.15) for each in intake.measure(plan)],
        *[replace(each, target=2.5) for each in paint.measure(plan)],
        replace(memory.idle(plan), target=90),
        calls.result(plan.nginx),
    ]


@contextmanager
def _plan(options: argparse.Namespace) -> Iterator[Plan]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, running_nginx(Path(name)) as nginx:
        yield Plan(Path(name), nginx, options.rounds, options.short or options.guard)


def _measure(plan: Plan, rows: list[str]) -> list[Result]:
    results: list[Result] = []
    for row in rows:
        found = ROWS[row](plan)
        sys.stderr.write(f"{table(found)}\n\n")  # progress: a whole run takes minutes
        results += found
    return results


if __name__ == "__main__":
    sys.exit(main())
