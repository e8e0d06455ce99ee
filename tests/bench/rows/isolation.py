"""One endpoint of twenty hangs: what the others notice of it."""

from tests.bench import work
from tests.bench.figures import percentile
from tests.bench.house import running_house
from tests.bench.plan import Plan, medians
from tests.bench.receipts import Receipts, emit_paced
from tests.bench.result import Result

WEBHOOKS = 20
EMITS, PAUSE = 2_000, 0.004


def others_p99(plan: Plan, *, hanging: bool) -> float:
    """The p99 from emit to receipt of the 19, in milliseconds, while all get events."""
    with running_house(plan.nginx.ca_file) as house, Receipts(plan.nginx) as receipts:
        for number in range(WEBHOOKS):
            path = "/hang" if hanging and number == 0 else "/told"
            house.webhook(number, plan.nginx.url(f"{path}/{number}"))
        projects = [work.project(number % WEBHOOKS) for number in range(plan.amount(EMITS))]
        found = emit_paced(house, receipts, projects, PAUSE)
        others = [value for number in range(1, WEBHOOKS) for value in found[work.project(number)]]
        return percentile(others, 0.99)


def measure(plan: Plan) -> list[Result]:
    """With the hanging one beside the same run without."""
    found = plan.take_turns(
        hanging=lambda: others_p99(plan, hanging=True),
        sound=lambda: others_p99(plan, hanging=False),
    )
    p99 = medians(found)
    return [
        Result(
            "p99 of the others while one endpoint of 20 hangs",
            f"{p99['hanging']:.1f} ms",
            f"{p99['sound']:.1f} ms",
            p99["hanging"] / p99["sound"],
            1.2,
            at_most=True,
            samples=found,
        )
    ]
