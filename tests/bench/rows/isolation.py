"""One endpoint of twenty fails in some way: how much later the others' deliveries are."""

from dataclasses import dataclass
from functools import partial
from random import Random

from tests.bench import work
from tests.bench.daemon_process import running_daemon
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result, percentile
from tests.faults.silent_names import SILENT

WEBHOOKS = 20
WARM, EMITS, PAUSE = 400, 2_000, 0.004
"""The warm-up covers what happens once: each of the first sixteen events of an endpoint that hangs
takes a connection, and all endpoints are one nginx, so others have to make new connections."""
_NEVER_PAUSED = "[delivery]\npause_after = 1000000\n"
"""A webhook that was paused after ten failures would have no effect on the others."""


@dataclass(frozen=True)
class Failing:
    """How the first endpoint fails: its URL, and the module that runs as the daemon."""

    words: str
    url: str | None
    """None: it works like the others."""
    module: str = "daemon"


def ways_to_fail(plan: Plan) -> dict[str, Failing]:
    """Every way to fail, by name."""
    return {
        "sound": Failing("all is well", None),
        "hanging": Failing("one endpoint of 20 hangs", plan.nginx.url("/hang/0")),
        "refused": Failing("one endpoint of 20 refuses connections", "https://127.0.0.1:1/"),
        "silent": Failing(
            "the name server is silent about one of 20",
            f"https://receiver{SILENT}/",
            "tests.faults.silent_names",
        ),
    }


def others_p99(plan: Plan, first: Failing) -> float:
    """The p99 from emit to receipt of the 19, in milliseconds, while all get events."""
    running = running_daemon(plan.nginx.ca_file, settings=_NEVER_PAUSED, module=first.module)
    with running as daemon, Receipts(plan.nginx) as receipts:
        for number in range(WEBHOOKS):
            told = plan.nginx.url(f"/told/{number}")
            daemon.webhook(number, told if number else first.url or told)
        chance = Random(WEBHOOKS)  # the same moments in every run
        emit_paced(daemon, receipts, _in_turn(WARM), PAUSE, chance)
        found = emit_paced(daemon, receipts, _in_turn(plan.amount(EMITS)), PAUSE, chance)
        others = [value for number in range(1, WEBHOOKS) for value in found[work.project(number)]]
        return percentile(others, 0.99)


def _in_turn(events: int) -> list[str]:
    """The projects of so many events, one webhook after the other."""
    return [work.project(number % WEBHOOKS) for number in range(events)]


def measure(plan: Plan) -> list[Result]:
    """Every way to fail beside the same run without."""
    ways = ways_to_fail(plan)
    found = plan.take_turns(**{name: partial(others_p99, plan, way) for name, way in ways.items()})
    p99 = medians(found)
    return [
        Result(
            f"p99 of the others while {ways[name].words}",
            f"{p99[name]:.1f} ms",
            f"{p99['sound']:.1f} ms",
            p99[name] / p99["sound"],
            1.2,
            at_most=True,
            samples={"sound": found["sound"], name: found[name]},
        )
        for name in ways
        if name != "sound"
    ]
