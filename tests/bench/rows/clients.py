"""POSTs a second of HTTP clients over TLS, 64 and 8 at once: why aiohttp delivers."""

import sys
from importlib.metadata import version
from importlib.util import find_spec

from tests.bench.plan import Plan, medians
from tests.bench.result import Result

MEASURED = 4_000
AT_ONCE = (64, 8)
OTHERS = ("httpx2", "httpx")


def measure(plan: Plan) -> list[Result]:
    """The connections of the daemon's sender (aiohttp) beside other clients that are installed."""
    installed = [client for client in OTHERS if find_spec(client) is not None]
    for client in set(OTHERS).difference(installed):
        sys.stderr.write(f"without {client}: pip install {client}\n")
    return [result for at_once in AT_ONCE for result in _beside(plan, installed, at_once)]


def _beside(plan: Plan, others: list[str], at_once: int) -> list[Result]:
    def posts(client: str) -> float:
        url, ca_file, amount = plan.nginx.url(), plan.nginx.ca_file, plan.amount(MEASURED)
        return plan.reference("posts", client, url, ca_file, amount, at_once)

    found = plan.take_turns(
        **{client: lambda client=client: posts(client) for client in ("sender", *others)}
    )
    rates = medians(found)
    return [
        Result(
            f"POSTs over TLS, {at_once} at once: aiohttp, beside {other} {version(other)}",
            f"{rates['sender']:,.0f}/s",
            f"{rates[other]:,.0f}/s",
            rates["sender"] / rates[other],
            samples={"sender": found["sender"], other: found[other]},
        )
        for other in others
    ]
