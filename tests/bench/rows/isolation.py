"""One endpoint of twenty is gone in some way: what the others notice of it."""

from dataclasses import dataclass
from functools import partial
from random import Random

from tests.bench import work
from tests.bench.figures import percentile
from tests.bench.house import running_house
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result
from tests.faults.silent_names import SILENT

WEBHOOKS = 20
WARM, EMITS, PAUSE = 400, 2_000, 0.004
"""Who hangs takes a connection with each of its first sixteen events. They are all to one nginx, so
each of them has somebody else make a new one: once, and of no interest here."""
_NEVER_PAUSED = "[delivery]\npause_after = 1000000\n"
"""An endpoint that was paused after ten failures would disturb nobody."""


@dataclass(frozen=True)
class Gone:
    """What has become of the first endpoint: its URL, and how the daemon is run with it."""

    words: str
    url: str | None
    """None: it is there like the others."""
    module: str = "daemon"


def gone(plan: Plan) -> dict[str, Gone]:
    """Every way, by name."""
    return {
        "sound": Gone("all is well", None),
        "hanging": Gone("one endpoint of 20 hangs", plan.nginx.url("/hang/0")),
        "refused": Gone("one endpoint of 20 refuses connections", "https://127.0.0.1:1/"),
        "silent": Gone(
            "the name server is silent about one of 20",
            f"https://receiver{SILENT}/",
            "tests.faults.silent_names",
        ),
    }


def others_p99(plan: Plan, first: Gone) -> float:
    """The p99 from emit to receipt of the 19, in milliseconds, while all get events."""
    running = running_house(plan.nginx.ca_file, settings=_NEVER_PAUSED, module=first.module)
    with running as house, Receipts(plan.nginx) as receipts:
        for number in range(WEBHOOKS):
            told = plan.nginx.url(f"/told/{number}")
            house.webhook(number, told if number else first.url or told)
        chance = Random(WEBHOOKS)  # the same moments in every run
        emit_paced(house, receipts, _in_turn(WARM), PAUSE, chance)
        found = emit_paced(house, receipts, _in_turn(plan.amount(EMITS)), PAUSE, chance)
        others = [value for number in range(1, WEBHOOKS) for value in found[work.project(number)]]
        return percentile(others, 0.99)


def _in_turn(events: int) -> list[str]:
    """The projects of so many events, one webhook after the other."""
    return [work.project(number % WEBHOOKS) for number in range(events)]


def measure(plan: Plan) -> list[Result]:
    """Every way of being gone beside the same run without."""
    ways = gone(plan)
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
