"""The fields of a webhook that select events: types, projects, statuses, conditions."""

import json
from collections.abc import Collection

from daemon.domain.configuration.fields import FieldErrors, names, rows
from daemon.domain.events.catalogue import LONGEST_PROJECT, STATUSES, TEST_TYPE, is_deeper
from daemon.domain.matching.conditions import (
    LIST_OPERATORS,
    OPERATORS,
    ORDER_OPERATORS,
    ROOTS,
    TEXT_OPERATORS,
    UNARY_OPERATORS,
)
from daemon.domain.problems import quoted, unknown
from daemon.domain.webhooks.config import Condition

_MOST = 50
_LONGEST_PATH = 300
_LONGEST_VALUE = 10_000
_DEEPEST_VALUE = 16
_ORDERED = int | float | str


def read_conditions(value: object, complaints: FieldErrors) -> tuple[Condition, ...]:
    """The rows of a form."""
    found = []
    example = '[{"path": "data.urgency", "op": "in", "value": ["CR", "HI"]}]'
    for path, row in rows(value, "conditions", complaints, example):
        condition = _read_row(row, path, complaints)
        if condition is not None:
            found.append(condition)
    if len(found) > _MOST:
        complaints.add("conditions", f"are more than {_MOST}")
    return tuple(found)


def _read_row(row: object, at: str, complaints: FieldErrors) -> Condition | None:
    if not isinstance(row, dict):
        complaints.add(at, 'must be an object with "path", "op" and "value"')
        return None
    complaints.unknown_keys(row, Condition.__struct_fields__, "key of a condition", f"{at}.")
    path, op, value = row.get("path"), row.get("op"), row.get("value")
    problem = path_problem(path)
    if problem:
        complaints.add(f"{at}.path", problem)
    if not isinstance(op, str) or op not in OPERATORS:
        complaints.add(f"{at}.op", unknown("operator", op, OPERATORS))
        return None
    wrong_value = value_problem(op, value)
    if wrong_value:
        complaints.add(f"{at}.value", wrong_value)
    return None if problem or wrong_value else Condition(str(path), op, value)


def path_problem(path: object) -> str | None:
    """Why a path does not exist in any payload, or None."""
    if not isinstance(path, str) or not path:
        return "is missing: give a path like data.project.name"
    if len(path) > _LONGEST_PATH or not path.isprintable():
        return f"{quoted(path)} is not a path"
    steps = path.split(".")
    if steps[0] not in ROOTS:
        return f"must start with one of {', '.join(ROOTS)}: did you mean data.{path[:80]}?"
    if not all(steps):
        return "has an empty step: write it like data.scan_errors.0.message"
    return None


def value_problem(op: str, value: object) -> str | None:
    """Why an operator cannot have this value, or None."""
    wrong_type = _type_problem(op, value)
    if wrong_type:
        return wrong_type
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return "must be a JSON value"
    if len(text) > _LONGEST_VALUE or is_deeper(text, _DEEPEST_VALUE):
        return f"is larger than {_LONGEST_VALUE} bytes or {_DEEPEST_VALUE} levels"
    return None


def _type_problem(op: str, value: object) -> str | None:
    """Why the type of `value` does not fit the operator, or None."""
    if op in UNARY_OPERATORS:
        return None if value is None else f"{op} has no value: leave it out"
    if op in LIST_OPERATORS and (not isinstance(value, list | tuple) or not value):
        return f'{op} needs a list of values, like ["CR", "HI"]'
    if op in ORDER_OPERATORS and (isinstance(value, bool) or not isinstance(value, _ORDERED)):
        return f"{op} needs a number or a string"
    if op in TEXT_OPERATORS and not isinstance(value, str):
        return f"{op} needs a string"
    return None


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
        return f"{TEST_TYPE} is sent by Test without a subscription: leave it out"
    groups = sorted({f"{known.split('.')[0]}.*" for known in known_types})
    if name == "*":
        return f"'*' is not a pattern: name the groups, {', '.join(groups)}"
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
            complaints.add(path, f"{quoted(project)} is not a project id")
        elif project in found:
            complaints.add(path, f"{quoted(project)} is given twice: give it once")
        else:
            found[project] = None
    if len(found) > _MOST_PROJECTS:
        complaints.add("projects", f"are more than {_MOST_PROJECTS}: leave the filter empty")
    return tuple(found)


def read_statuses(value: object, complaints: FieldErrors) -> tuple[str, ...]:
    """The statuses of the filter for `issue.status_changed`."""
    found = []
    for path, status in names(value, "statuses", complaints, '["open", "fixed"]'):
        if status in STATUSES:
            found.append(status)
        else:
            complaints.add(path, unknown("status", status, STATUSES))
    return tuple(found)
