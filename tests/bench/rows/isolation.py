"""One endpoint of twenty is gone in some way: what the others notice of it."""

from dataclasses import dataclass
from functools import partial

from tests.bench import work
from tests.bench.figures import percentile
from tests.bench.house import running_house
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result
from tests.faults.silent_names import SILENT

WEBHOOKS = 20
EMITS, PAUSE = 2_000, 0.004
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
        projects = [work.project(number % WEBHOOKS) for number in range(plan.amount(EMITS))]
        found = emit_paced(house, receipts, projects, PAUSE)
        others = [value for number in range(1, WEBHOOKS) for value in found[work.project(number)]]
        return percentile(others, 0.99)


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
