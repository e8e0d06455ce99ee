"""The demo's events: stories of scans, triage and logins at an invented company.

The company, its projects and people are those of the samples (`daemon.domain.events.sampler`).
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from daemon.domain.events.sampler import Sampler

Event = dict[str, Any]
Step = tuple[float, Event]
"""The seconds after the previous event, and the event."""
Story = Iterator[Step]
Clock = Callable[[], datetime]

CAST: tuple[tuple[str, float], ...] = (("scan", 5.0), ("triage", 4.0), ("login", 6.0))
"""The kinds of stories, and the seconds between two stories of each kind."""
FAILING = 0.35
MISTYPED = 0.4
GUESSES = 7
STATUSES = ("fixed", "fixed", "false_positive", "accepted_risk", "fix_in_progress", "duplicate")
ISSUE_KEYS = ("issue_id", "classification", "urgency", "project", "url")
FAILED_LOGIN_KEYS = ("company", "username", "user_agent", "path")


def timeline(random: Random, clock: Clock = lambda: datetime.now(UTC)) -> Iterator[Step]:
    """An endless series of events in order of time: seconds since the start, and the event.

    Every type of event occurs within the first few seconds.
    """
    order = count()
    # The first stories have a failing and a completed scan, so that every type occurs.
    running = [
        (0.0, next(order), _scan(random, clock, fails=False)),
        (0.4, next(order), _login(random, mistyped=True)),
        (0.9, next(order), _triage(random)),
        (1.5, next(order), _scan(random, clock, fails=True)),
        (4.0, next(order), _guessing(random)),
    ]
    starts = [(every, next(order), name, every) for name, every in CAST]
    heapq.heapify(running)
    heapq.heapify(starts)
    while True:
        while starts[0][0] <= running[0][0]:
            at, _, name, every = heapq.heappop(starts)
            heapq.heappush(running, (at, next(order), _story(name, random, clock)))
            heapq.heappush(
                starts, (at + every * random.uniform(0.7, 1.3), next(order), name, every)
            )
        at, _, story = heapq.heappop(running)
        step = next(story, None)
        if step is not None:
            wait, event = step
            yield at, event
            heapq.heappush(running, (at + wait, next(order), story))
        elif not running:
            heapq.heappush(running, (at + 1.0, next(order), _story("login", random, clock)))


def _story(name: str, random: Random, clock: Clock) -> Story:
    if name == "scan":
        return _scan(random, clock, fails=random.random() < FAILING)
    if name == "triage":
        return _triage(random)
    return _login(random, mistyped=random.random() < MISTYPED)


def _scan(random: Random, clock: Clock, *, fails: bool) -> Story:
    """A scan starts, completes or fails, and some of its issues are assigned."""
    sampler = Sampler(random)
    started = sampler.data("scan.started", _ms(clock))
    yield random.uniform(0.8, 2.2), _event("scan.started", started)
    if fails:
        yield 0.0, _event("scan.failed", sampler.data("scan.failed", _ms(clock)))
        return
    found = random.randrange(1, 14)
    completed = {**sampler.data("scan.completed", _ms(clock)), "issues_found": found}
    yield random.uniform(0.3, 0.9), _event("scan.completed", completed)
    for _ in range(min(2, found)):
        assigned = {**sampler.data("issue.assigned", _ms(clock)), "project": started["project"]}
        yield random.uniform(0.3, 1.0), _event("issue.assigned", assigned)


def _triage(random: Random) -> Story:
    """An issue is assigned to a person, who then changes its status."""
    sampler = Sampler(random)
    decided = sampler.data("issue.status_changed", 0)
    same = {key: decided[key] for key in ISSUE_KEYS}
    assigned = {**sampler.data("issue.assigned", 0), **same, "status": "open"}
    yield random.uniform(0.4, 1.2), _event("issue.assigned", assigned)
    after = {"status": random.choice(STATUSES), "previous_status": "open"}
    yield 0.0, _event("issue.status_changed", {**decided, **after})


def _login(random: Random, *, mistyped: bool) -> Story:
    """A person logs in; with `mistyped`, at the second attempt."""
    login = Sampler(random).data("user.login", 0)
    if mistyped:
        failed = {key: login[key] for key in FAILED_LOGIN_KEYS}
        yield random.uniform(0.5, 1.0), _event("user.login_failed", failed)
    yield 0.0, _event("user.login", login)


def _guessing(random: Random) -> Story:
    """An attacker tries passwords of one account, a few a second."""
    login = Sampler(random).data("user.login", 0)
    attempt = {**{key: login[key] for key in FAILED_LOGIN_KEYS}, "user_agent": "curl/8.5.0"}
    for _ in range(GUESSES):
        yield random.uniform(0.4, 0.8), _event("user.login_failed", attempt)


def _event(kind: str, data: dict[str, Any]) -> Event:
    """An event as a producer sends it; the daemon gives it an id and a time."""
    return {"event_type": kind, "data": data}


def _ms(clock: Clock) -> int:
    return int(clock().timestamp() * 1000)
