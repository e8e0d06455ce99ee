"""What a webhook wants: events, projects, statuses (rules.md §2)."""

from collections.abc import Collection

from daemon.domain.configuration.fields.complaints import FieldErrors, names, rows
from daemon.domain.events.catalogue import STATUSES
from daemon.domain.events.limits import LONGEST_PROJECT, TEST_TYPE
from daemon.domain.problems import quoted, unknown

_MOST_PROJECTS = 1000


def read_events(
    value: object, known_types: Collection[str], complaints: FieldErrors
) -> tuple[str, ...]:
    """Exact types and patterns such as `scan.*`; at least one."""
    before = len(complaints.errors)
    found = []
    for path, name in names(value, "events", complaints, '["scan.completed", "issue.*"]'):
        problem = _event_problem(name, known_types)
        if problem:
            complaints.add(path, problem)
        found.append(name)
    if not found and len(complaints.errors) == before:
        complaints.add("events", "must name at least one event type, like scan.completed or scan.*")
    return tuple(found)


def _event_problem(name: str, known_types: Collection[str]) -> str | None:
    if name == TEST_TYPE:
        return f"{TEST_TYPE} is sent by Test whatever is subscribed: leave it out"
    groups = sorted({f"{known.split('.')[0]}.*" for known in known_types})
    if name == "*":
        return f"'*' is no pattern: name the groups, {', '.join(groups)}"
    if name.endswith(".*"):
        prefix = name[:-1]
        if any(known.startswith(prefix) for known in known_types):
            return None
        return unknown("pattern", name, groups)
    if name in known_types:
        return None
    return unknown("event type", name, known_types)


def read_projects(value: object, complaints: FieldErrors) -> tuple[str, ...]:
    """Ids of projects; an integer counts as its text, as it does in events (rules.md §1)."""
    found: dict[str, None] = {}
    for path, row in rows(value, "projects", complaints, '["proj-uuid-9012"]'):
        project = str(row) if isinstance(row, int) and not isinstance(row, bool) else row
        if not isinstance(project, str) or not project.strip():
            complaints.add(path, "must be the id of a project")
        elif len(project) > LONGEST_PROJECT or not project.isprintable():
            complaints.add(path, f"{quoted(project)} is no project id")
        elif project in found:
            complaints.add(path, f"{quoted(project)} is there twice")
        else:
            found[project] = None
    if len(found) > _MOST_PROJECTS:
        complaints.add("projects", f"are more than {_MOST_PROJECTS}: leave the filter empty")
    return tuple(found)


def read_statuses(value: object, complaints: FieldErrors) -> tuple[str, ...]:
    """The new statuses that an `issue.status_changed` may have."""
    found = []
    for path, status in names(value, "statuses", complaints, '["open", "fixed"]'):
        if status in STATUSES:
            found.append(status)
        else:
            complaints.add(path, unknown("status", status, STATUSES))
    return tuple(found)
