"""A few rows in under a minute, for CI: each is held against about half of what it reaches.

Machines are shared, so the bounds are wide; what breaks one is a clear loss. Smaller ones show in
what is counted and not timed, which is held to a sixth.
"""

from dataclasses import replace

from tests.bench import calls
from tests.bench.plan import Plan
from tests.bench.result import Result
from tests.bench.rows import delivery, intake, memory, paint

ROUNDS = 2


def guarded(plan: Plan) -> list[Result]:
    """What must not get clearly worse."""
    plan = replace(plan, rounds=ROUNDS, short=True)
    return [
        *[replace(each, target=0.18) for each in delivery.beside(plan, "sender")],
        *[replace(each, target=0.15) for each in intake.measure(plan)],
        *[replace(each, target=2.5) for each in paint.measure(plan)],
        replace(memory.idle(plan), target=90),
        calls.result(plan.nginx),
    ]
