"""Durable deliveries a second, end to end, beside loops that only post."""

import time

from tests.bench import work
from tests.bench.house import House, running_house
from tests.bench.plan import Plan, medians
from tests.bench.result import Result

WEBHOOKS = 8
"""So many that their 16 places each can fill the wire's 64."""
WARM, MEASURED = 2_000, 20_000


def delivered_rate(house: House, events: int, before: int = 0) -> float:
    """Events a second from the first one's submission to the last one's outcome on disk."""
    bodies = list(work.bodies(events, WEBHOOKS))
    started = time.perf_counter()
    house.inbox.submit(bodies)
    house.wait_delivered(before + events)
    return events / (time.perf_counter() - started)


def daemon_rate(plan: Plan) -> float:
    """Deliveries a second of a daemon that has just warmed up."""
    with running_house(plan.nginx.ca_file) as house:
        for number in range(WEBHOOKS):
            house.webhook(number, plan.nginx.url(f"/hook/{number}"))
        delivered_rate(house, WARM)
        return delivered_rate(house, plan.amount(MEASURED), WARM)


def measure(plan: Plan) -> list[Result]:
    """The daemon, and posting without keeping anything."""

    def posts(kind: str) -> float:
        return plan.reference("posts", kind, plan.nginx.url(), plan.nginx.ca_file)

    found = plan.take_turns(
        daemon=lambda: daemon_rate(plan),
        transport=lambda: posts("transport"),
        session=lambda: posts("session"),
    )
    rates = medians(found)
    ours = f"{rates['daemon']:,.0f}/s"

    def beside(way: str, name: str, target: float | None) -> Result:
        return Result(
            name,
            ours,
            f"{rates[way]:,.0f}/s",
            rates["daemon"] / rates[way],
            target,
            samples={"daemon": found["daemon"], way: found[way]},
        )

    return [
        beside("transport", "deliveries, beside bare posts on the same transport", 0.5),
        beside("session", "deliveries, beside aiohttp's session.post", None),
    ]
