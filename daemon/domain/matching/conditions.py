"""Conditions: rows of path, operator and value over the payload; all must hold (rules.md §2).

Values compare as JSON types: the number 1 is 1.0, but neither "1" nor true. Order is between two
numbers or two strings. A path that is not there fails every operator but `missing`; null is there.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from daemon.domain.matching.json_path import ABSENT, follow
from daemon.domain.webhooks.config import Condition

_LONGEST_INTEGER = 4000
"""Digits of an integer that Python reads without complaint."""

_decode = msgspec.json.Decoder().decode


def _equal(one: object, other: object) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return one == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _comparable(one: object, other: object) -> bool:
    if isinstance(one, str):
        return isinstance(other, str)
    return _is_number(one) and _is_number(other)


def _contains(found: Any, value: object) -> bool:
    if isinstance(found, str):
        return isinstance(value, str) and value in found
    return isinstance(found, list) and any(_equal(item, value) for item in found)


Test = Callable[[Any, Any], bool]

OPERATORS: dict[str, Test] = {
    "=": _equal,
    "!=": lambda found, value: not _equal(found, value),
    "in": lambda found, value: any(_equal(found, item) for item in value),
    "not_in": lambda found, value: not any(_equal(found, item) for item in value),
    "<": lambda found, value: _comparable(found, value) and found < value,
    "<=": lambda found, value: _comparable(found, value) and found <= value,
    ">": lambda found, value: _comparable(found, value) and found > value,
    ">=": lambda found, value: _comparable(found, value) and found >= value,
    "contains": _contains,
    "starts_with": lambda found, value: isinstance(found, str) and found.startswith(value),
    "ends_with": lambda found, value: isinstance(found, str) and found.endswith(value),
    "present": lambda _found, _value: True,
    "missing": lambda _found, _value: False,
}
"""What each operator says of a value that is there, in the order in which they are offered."""

LIST_OPERATORS = frozenset({"in", "not_in"})
ORDER_OPERATORS = frozenset({"<", "<=", ">", ">="})
TEXT_OPERATORS = frozenset({"starts_with", "ends_with"})
BARE_OPERATORS = frozenset({"present", "missing"})
"""Those that take no value."""

ROOTS = ("data", "event_type", "event_id", "timestamp")
"""Where a path can start: the fields of the default payload."""


class CompiledCondition:
    """A condition ready to be asked many times."""

    __slots__ = ("_steps", "_test", "_wants_absent", "condition")

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._steps = tuple(condition.path.split("."))
        self._test = OPERATORS[condition.op]
        self._wants_absent = condition.op == "missing"

    def found(self, payload: dict[str, Any]) -> Any:
        """The value its path leads to, or ABSENT."""
        return follow(self._steps, payload)

    def holds(self, payload: dict[str, Any]) -> bool:
        """Whether an event with this (decoded) payload fulfils it."""
        found = follow(self._steps, payload)
        if found is ABSENT:
            return self._wants_absent
        return self._test(found, self.condition.value)


def decoded(data: bytes) -> dict[str, Any]:
    """An event's data as Python's values. Numbers beyond all bounds become infinite."""
    try:
        found: dict[str, Any] = _decode(data)
    except msgspec.ValidationError:
        import json

        found = json.loads(data, parse_int=_integer)
    return found


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else float(text)
