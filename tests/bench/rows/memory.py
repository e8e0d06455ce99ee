"""What the daemon keeps in memory: idle, and with a million deliveries waiting."""

import time

from tests.bench import history
from tests.bench.house import House, running_house
from tests.bench.plan import Plan
from tests.bench.result import Result

WAITING = 1_000_000
WEBHOOKS = 8
SECONDS = 8.0
"""How long the daemon is looked at; shorter than an attempt may take."""


def most_memory(house: House) -> float:
    """The most megabytes that were seen."""
    seen = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        seen.append(house.memory_mb())
        time.sleep(0.1)
    return max(seen)


def idle(_: Plan) -> Result:
    """A daemon with nothing to do."""
    with running_house() as house:
        most = most_memory(house)
    return Result("memory, idle", f"{most:.0f} MB", "", most, 70, at_most=True, unit=" MB")


def measure(plan: Plan) -> list[Result]:
    """Both, once: memory hardly varies from run to run."""
    waiting = WAITING // 10 if plan.short else WAITING
    with running_house(
        plan.nginx.ca_file,
        prepare=lambda home: history.fill(
            home, plan.nginx.url("/hang"), waiting, WEBHOOKS, waiting=True
        ),
    ) as house:
        full = most_memory(house)
    return [
        idle(plan),
        Result(
            f"memory, {waiting:,} waiting",
            f"{full:.0f} MB",
            "",
            full,
            300,
            at_most=True,
            unit=" MB",
        ),
    ]
