"""Rows of conditions: path, operator, value (rules.md §2)."""

import json

from daemon.domain.configuration.fields.complaints import FieldErrors, rows
from daemon.domain.events.limits import is_deeper
from daemon.domain.matching.conditions import (
    BARE_OPERATORS,
    LIST_OPERATORS,
    OPERATORS,
    ORDER_OPERATORS,
    ROOTS,
    TEXT_OPERATORS,
)
from daemon.domain.problems import quoted, unknown
from daemon.domain.webhooks.config import Condition

_MOST = 50
_LONGEST_PATH = 300
_LONGEST_VALUE = 10_000
_DEEPEST_VALUE = 16
_ORDERED = int | float | str
_KEYS = ("path", "op", "value")


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
    complaints.unknown_keys(row, _KEYS, "key of a condition", f"{at}.")
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
    """Why a path leads nowhere in any payload; None when it may."""
    if not isinstance(path, str) or not path:
        return "is missing: give a path like data.project.name"
    if len(path) > _LONGEST_PATH or not path.isprintable():
        return f"{quoted(path)} is no path"
    steps = path.split(".")
    if steps[0] not in ROOTS:
        return f"must start with one of {', '.join(ROOTS)}: did you mean data.{path[:80]}?"
    if not all(steps):
        return "has an empty step: write it like data.scan_errors.0.message"
    return None


def value_problem(op: str, value: object) -> str | None:
    """Why an operator cannot take this value; None when it can."""
    wanted = _wanted_value(op, value)
    if wanted:
        return wanted
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, TypeError, RecursionError):
        return "must be a JSON value"
    if len(text) > _LONGEST_VALUE or is_deeper(text, _DEEPEST_VALUE):
        return f"is larger than {_LONGEST_VALUE} bytes or {_DEEPEST_VALUE} levels"
    return None


def _wanted_value(op: str, value: object) -> str | None:
    """What the operator takes, when that is not `value`."""
    if op in BARE_OPERATORS:
        return None if value is None else f"{op} takes no value: leave it out"
    if op in LIST_OPERATORS and (not isinstance(value, list | tuple) or not value):
        return f'{op} takes a list of values, like ["CR", "HI"]'
    if op in ORDER_OPERATORS and (isinstance(value, bool) or not isinstance(value, _ORDERED)):
        return f"{op} takes a number or a string"
    if op in TEXT_OPERATORS and not isinstance(value, str):
        return f"{op} takes a string"
    return None
