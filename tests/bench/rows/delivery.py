"""Durable deliveries a second, end to end, beside loops that only post, and task queues."""

import shutil
import sys
import time
from functools import partial
from importlib.util import find_spec

from tests.bench import work
from tests.bench.daemon_process import BenchDaemon, running_daemon
from tests.bench.plan import Plan, medians
from tests.bench.result import Result

WEBHOOKS = 8
"""So many that their 16 attempt slots each make up the 128 of all."""
WARM, MEASURED = 6_000, 20_000
"""A worker process sends after a second of load and another second for its start."""

BESIDE = {
    "sender": ("bare posts by the same sender", 0.5),
    "session": ("aiohttp's session.post", None),
    "celery": ("Celery, Redis, requests", 3),
    "huey": ("Huey, SQLite, httpx", 3),
}
QUEUES = {"celery": ("celery", "redis", "requests"), "huey": ("huey", "httpx")}


def delivered_rate(daemon: BenchDaemon, events: int, before: int = 0) -> float:
    """Events a second from the first one's submission to the last one's outcome on disk."""
    bodies = list(work.bodies(events, WEBHOOKS))
    started = time.perf_counter()
    daemon.inbox.submit(bodies)
    daemon.wait_delivered(before + events)
    return events / (time.perf_counter() - started)


def daemon_rate(plan: Plan) -> float:
    """Deliveries a second of a daemon that has just warmed up."""
    with running_daemon(plan.nginx.ca_file) as daemon:
        daemon.webhooks(WEBHOOKS, plan.nginx)
        delivered_rate(daemon, WARM)
        return delivered_rate(daemon, plan.amount(MEASURED), WARM)


def measure(plan: Plan) -> list[Result]:
    """The daemon beside bare posts and the task queues that are installed."""
    ways = ["sender", "session"]
    for queue in QUEUES:
        if missing := _missing(queue):
            sys.stderr.write(f"without {queue}: {missing}\n")
        else:
            ways.append(queue)
    return beside(plan, *ways)


def beside(plan: Plan, *ways: str) -> list[Result]:
    """The daemon beside some of the other ways."""
    others = {way: partial(_reference_rate, plan, way) for way in ways}
    found = plan.take_turns(daemon=partial(daemon_rate, plan), **others)
    rates = medians(found)
    return [
        Result(
            f"deliveries, beside {BESIDE[way][0]}",
            f"{rates['daemon']:,.0f}/s",
            f"{rates[way]:,.0f}/s",
            rates["daemon"] / rates[way],
            BESIDE[way][1],
            samples={"daemon": found["daemon"], way: found[way]},
        )
        for way in ways
    ]


def _reference_rate(plan: Plan, way: str) -> float:
    url, ca_file = plan.nginx.url(), plan.nginx.ca_file
    if way not in QUEUES:
        return plan.reference("posts", way, url, ca_file, plan.amount(MEASURED))
    with plan.fresh_folder() as folder:
        tasks = plan.amount(MEASURED) // 5
        return plan.reference(
            "queues", way, tasks, BENCH_URL=url, BENCH_CA=ca_file, BENCH_FOLDER=folder
        )


def _missing(queue: str) -> str | None:
    """How to install what a queue needs; None when everything is installed."""
    if any(find_spec(module) is None for module in QUEUES[queue]):
        return "pip install -e '.[bench]'"
    if queue == "celery" and shutil.which("redis-server") is None:
        return "apt-get install redis-server"
    return None
