"""Generates consistent events: scans start before they end, issues come from scans."""

from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from daemon.domain.events.catalogue import ENGINE, SCAN_TYPES, STATUSES, UPLOADED_ENGINES
from daemon.domain.events.documented_samples import data_of_test
from daemon.domain.events.sample_world import (
    BRANCHES,
    COMPANY,
    FLAWS,
    LOGIN_PATHS,
    PEOPLE,
    PROJECTS,
    SCAN_FAILURES,
    USER_AGENTS,
    Person,
    Project,
)
from daemon.domain.events.timestamps import from_ms

Data = dict[str, Any]

_MOST_RUNNING = 8
_OWN_SCANS = 0.75
_CLEAN_SCANS = 0.25
_USUAL_ISSUES = 9
_UNASSIGNED = 0.1
_REASSIGNED = 0.6
_OFTEN = {
    "scan.started": 5,
    "scan.completed": 4,
    "scan.failed": 1,
    "issue.status_changed": 6,
    "issue.assigned": 3,
    "user.login": 3,
    "user.login_failed": 1,
}


class Sampler:
    """Generates events of one company. The same state of `rng` gives the same events."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._running: list[Data] = []
        self._makers: dict[str, Callable[[int], Data]] = {
            "scan.started": self._scan_started,
            "scan.completed": self._scan_completed,
            "scan.failed": self._scan_failed,
            "issue.status_changed": self._issue_status_changed,
            "issue.assigned": self._issue_assigned,
            "user.login": self._user_login,
            "user.login_failed": self._user_login_failed,
            "webhook.test": lambda _now_ms: data_of_test(),
        }

    def next_type(self) -> str:
        """The next type, each about as often as on a working day."""
        return self._rng.choices(list(_OFTEN), list(_OFTEN.values()))[0]

    def data(self, event_type: str, now_ms: int) -> Data:
        """The `data` of a generated event at `now_ms`.

        Raises KeyError for a type that is not built in.
        """
        return self._makers[event_type](now_ms)

    def uuid(self) -> str:
        """A random UUID."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def _scan_started(self, now_ms: int) -> Data:
        rng = self._rng
        own = rng.random() < _OWN_SCANS
        scan = {
            "company": COMPANY,
            "scan_id": self.uuid(),
            "run_id": f"run-{rng.randrange(10_000, 1_000_000)}",
            "project": _project(rng.choice(PROJECTS)),
            "branch": rng.choice(BRANCHES),
            "engine": ENGINE if own else rng.choice(UPLOADED_ENGINES),
            "scan_type": rng.choice(SCAN_TYPES) if own else None,
            "issues_found": None,
            "processed_at": None,
            "created_at": from_ms(now_ms),
        }
        self._running.append(scan)
        del self._running[:-_MOST_RUNNING]
        return dict(scan)

    def _scan_ended(self, now_ms: int) -> Data:
        """A running scan, or a new one."""
        rng = self._rng
        if not self._running:
            self._scan_started(now_ms - rng.randrange(20_000, 900_000))
        scan = self._running.pop(rng.randrange(len(self._running)))
        return {**scan, "processed_at": from_ms(now_ms)}

    def _scan_completed(self, now_ms: int) -> Data:
        rng = self._rng
        found = 0 if rng.random() < _CLEAN_SCANS else int(rng.expovariate(1 / _USUAL_ISSUES)) + 1
        return {**self._scan_ended(now_ms), "issues_found": found}

    def _scan_failed(self, now_ms: int) -> Data:
        scan = self._scan_ended(now_ms)
        reason, level, location, message = self._rng.choice(SCAN_FAILURES)
        error = {
            "scan_type": scan["scan_type"],
            "level": level,
            "location": location,
            "message": message,
        }
        return {**scan, "failed_reason": reason, "scan_errors": [error]}

    def _issue(self) -> Data:
        rng = self._rng
        project = rng.choice(PROJECTS)
        flaw = rng.choice(FLAWS[project.language])
        issue_id = self.uuid()
        return {
            "company": COMPANY,
            "issue_id": issue_id,
            "classification": flaw.classification,
            "urgency": rng.choice(flaw.urgencies),
            "project": _project(project),
            "url": f"https://app.corgea.com/issue/{issue_id}/",
            "file_path": rng.choice(flaw.files),
        }

    def _issue_status_changed(self, _now_ms: int) -> Data:
        rng = self._rng
        issue = self._issue()
        before, after = rng.sample(STATUSES, 2)
        return {
            "company": issue["company"],
            "issue_id": issue["issue_id"],
            "classification": issue["classification"],
            "urgency": issue["urgency"],
            "status": after,
            "previous_status": before,
            "file_path": issue["file_path"],
            "line_num": rng.randrange(3, 640),
            "project": issue["project"],
            "scan_id": self.uuid(),
            "url": issue["url"],
        }

    def _issue_assigned(self, _now_ms: int) -> Data:
        rng = self._rng
        issue = self._issue()
        now, before = rng.sample(PEOPLE, 2)
        kind = rng.random()
        return {
            "company": issue["company"],
            "issue_id": issue["issue_id"],
            "classification": issue["classification"],
            "urgency": issue["urgency"],
            "status": rng.choice(("open", "open", "fix_in_progress")),
            "assigned_to": None if kind < _UNASSIGNED else _assignee(now),
            "previously_assigned_to": None if kind > _REASSIGNED else _assignee(before),
            "project": issue["project"],
            "url": issue["url"],
        }

    def _user_login(self, _now_ms: int) -> Data:
        person = self._rng.choice(PEOPLE)
        return {
            "company": COMPANY,
            "user_id": person.number,
            "username": person.username,
            "email": person.email,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "user_agent": self._rng.choice(USER_AGENTS),
            "path": self._rng.choice(LOGIN_PATHS),
        }

    def _user_login_failed(self, _now_ms: int) -> Data:
        guesses = (*(person.username for person in PEOPLE), "admin", "root", "test@test.test")
        return {
            "company": COMPANY,
            "username": self._rng.choice(guesses),
            "user_agent": self._rng.choice((*USER_AGENTS, "python-requests/2.32.3", "curl/8.11.0")),
            "path": self._rng.choice(LOGIN_PATHS),
        }


def _project(project: Project) -> Data:
    return {"id": project.id, "name": project.name}


def _assignee(person: Person) -> Data:
    name = f"{person.first_name} {person.last_name}"
    return {"id": person.uuid, "email": person.email, "name": name}
