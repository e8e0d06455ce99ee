"""The daemon's memory: idle, and with a million deliveries waiting."""

import time

from tests.bench import history
from tests.bench.daemon_process import BenchDaemon, running_daemon
from tests.bench.plan import Plan
from tests.bench.result import Result

WAITING = 1_000_000
WEBHOOKS = 8
SECONDS = 8.0
"""How long memory is sampled; shorter than the deadline of an attempt."""


def most_memory(daemon: BenchDaemon) -> float:
    """The most memory in the samples, in megabytes."""
    seen = []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        seen.append(daemon.memory_mb())
        time.sleep(0.1)
    return max(seen)


def idle(_: Plan) -> Result:
    """A daemon with nothing to do."""
    with running_daemon() as daemon:
        most = most_memory(daemon)
    return Result("memory, idle", f"{most:.0f} MB", "", most, 70, at_most=True, unit=" MB")


def measure(plan: Plan) -> list[Result]:
    """Both, once: memory hardly varies from run to run."""
    waiting = WAITING // 10 if plan.short else WAITING
    with running_daemon(
        plan.nginx.ca_file,
        prepare=lambda home: history.fill(
            home, plan.nginx.url("/hang"), waiting, WEBHOOKS, waiting=True
        ),
    ) as daemon:
        full = most_memory(daemon)
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
