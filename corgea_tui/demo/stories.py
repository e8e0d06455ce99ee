"""What happens at the made-up company: scans, triage, logins, each a short story of events."""

import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from corgea_tui.demo.world import AGENTS, FAILURES, FLAWS, PEOPLE, PROJECTS, event, identity

Event = dict[str, Any]
Step = tuple[float, Event]
"""An event, and how many seconds after the one before it happens."""
Story = Iterator[Step]
Clock = Callable[[], datetime]

CAST: tuple[tuple[str, float], ...] = (("scan", 5.0), ("triage", 4.0), ("login", 6.0))
"""The kinds of stories, and a new one of each every so many seconds."""
FAILING = 0.35
MISTYPED = 0.4
GUESSES = 7
AFTER_SCAN = ("fixed", "fixed", "false_positive", "accepted_risk", "fix_in_progress", "duplicate")


def timeline(random: Random, clock: Clock = lambda: datetime.now(UTC)) -> Iterator[Step]:
    """Events for ever, as seconds since the beginning and the event, in order of time.

    Within the first few seconds every type of event occurs once.
    """
    order = count()
    # The first round has a scan that fails and one that does not, so that nothing is missing.
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
            wait, happened = step
            yield at, happened
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
    """A scan starts, perhaps finds something that is assigned at once, and ends."""
    project = random.choice(PROJECTS)
    scan: dict[str, Any] = {
        "scan_id": identity(random),
        "run_id": f"run-{random.randrange(10_000, 99_999)}",
        "project": project.as_data(),
        "branch": random.choice(project.branches),
        "engine": random.choice(("corgea-blast", "corgea-blast", "semgrep", "codeql")),
        "scan_type": random.choice(("full", "partial")),
        "issues_found": None,
        "processed_at": None,
        "created_at": _iso(clock()),
    }
    yield random.uniform(0.8, 2.2), event("scan.started", scan)
    if fails:
        reason, location, message = random.choice(FAILURES)
        error = {"scan_type": "sast", "level": "error", "location": location, "message": message}
        failed = {**scan, "failed_reason": reason, "scan_errors": [error]}
        yield 0.0, event("scan.failed", {**failed, "processed_at": _iso(clock())})
        return
    found = random.randrange(1, 14)
    yield (
        random.uniform(0.3, 0.9),
        event("scan.completed", {**scan, "issues_found": found, "processed_at": _iso(clock())}),
    )
    for _ in range(min(2, found)):
        yield random.uniform(0.3, 1.0), _assigned(random, project.as_data())


def _triage(random: Random) -> Story:
    """An issue gets an owner, who decides what becomes of it."""
    project = random.choice(PROJECTS).as_data()
    assigned = _assigned(random, project)
    issue = assigned["data"]
    yield random.uniform(0.4, 1.2), assigned
    yield 0.0, _status_changed(random, issue, random.choice(AFTER_SCAN))


def _login(random: Random, *, mistyped: bool) -> Story:
    """Somebody comes in, perhaps at the second try."""
    person, agent = random.choice(PEOPLE), random.choice(AGENTS)
    attempt = {"username": person.username, "user_agent": agent, "path": "/login/"}
    if mistyped:
        yield random.uniform(0.5, 1.0), event("user.login_failed", attempt)
    names = {"email": person.email, "first_name": person.first, "last_name": person.last}
    yield 0.0, event("user.login", {"user_id": person.number, **attempt, **names})


def _guessing(random: Random) -> Story:
    """Somebody tries passwords, a few a second."""
    target = random.choice(PEOPLE)
    for _ in range(GUESSES):
        attempt = {"username": target.username, "user_agent": "curl/8.5.0", "path": "/login/"}
        yield random.uniform(0.4, 0.8), event("user.login_failed", attempt)


def _assigned(random: Random, project: dict[str, str]) -> Event:
    flaw, issue_id = random.choice(FLAWS), identity(random)
    owner, former = random.sample(PEOPLE, 2)
    return event(
        "issue.assigned",
        {
            "issue_id": issue_id,
            "classification": flaw.classification,
            "urgency": flaw.urgency,
            "status": "open",
            "assigned_to": owner.as_data(),
            "previously_assigned_to": random.choice((None, former.as_data())),
            "project": project,
            "url": f"https://app.example.com/issue/{issue_id}/",
        },
    )


def _status_changed(random: Random, issue: dict[str, Any], status: str) -> Event:
    flaw = next(each for each in FLAWS if each.classification == issue["classification"])
    kept = ("issue_id", "classification", "urgency", "project", "url")
    return event(
        "issue.status_changed",
        {
            **{key: issue[key] for key in kept},
            "status": status,
            "previous_status": issue["status"],
            "file_path": flaw.file_path,
            "line_num": random.randrange(4, 420),
            "scan_id": identity(random),
        },
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
