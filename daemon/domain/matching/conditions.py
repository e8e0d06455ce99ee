"""Conditions: a path in the payload, an operator and a value; all must hold (rules.md §2).

    data.urgency in CR, HI          the value at data.urgency is "CR" or "HI"
    data.issues_found > 0           a number, and above zero
    data.project.name starts_with Production
    data.failed_reason missing      the payload has no such path

Values compare as JSON types: the number 1 equals 1.0, and neither "1" nor true. Order exists
between two numbers or two strings. A path that is absent fails every operator but `missing`; null
is a value.

In text, a word is its JSON value (`3`, `true`, `null`, `"quoted"`), else a string.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from daemon.domain.json_path import ABSENT, follow
from daemon.domain.webhooks.config import Condition

_LONGEST_INTEGER = 4000
"""The most digits of an integer that Python converts (`sys.set_int_max_str_digits`)."""

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
"""The test of each operator on an existing value, in the order in which they are offered."""

LIST_OPERATORS = frozenset({"in", "not_in"})
ORDER_OPERATORS = frozenset({"<", "<=", ">", ">="})
TEXT_OPERATORS = frozenset({"starts_with", "ends_with"})
UNARY_OPERATORS = frozenset({"present", "missing"})
"""The operators without a value."""

ROOTS = ("data", "event_type", "event_id", "timestamp")
"""The first step of a path: a field of the default payload."""


class CompiledCondition:
    """A condition that is compiled once and tested against many payloads."""

    __slots__ = ("_requires_absent", "_steps", "_test", "condition")

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self._steps = tuple(condition.path.split("."))
        self._test = OPERATORS[condition.op]
        self._requires_absent = condition.op == "missing"

    def found(self, payload: dict[str, Any]) -> Any:
        """The value at its path, or ABSENT."""
        return follow(self._steps, payload)

    def holds(self, payload: dict[str, Any]) -> bool:
        """Whether the condition holds for this decoded payload."""
        found = follow(self._steps, payload)
        if found is ABSENT:
            return self._requires_absent
        return self._test(found, self.condition.value)


def decoded(data: bytes) -> dict[str, Any]:
    """An event's data as Python values. A number beyond the range of a float becomes infinite."""
    try:
        found: dict[str, Any] = _decode(data)
    except msgspec.ValidationError:
        import json

        found = json.loads(data, parse_int=_integer)
    return found


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= _LONGEST_INTEGER else float(text)


_BY_LENGTH = sorted(OPERATORS, key=len, reverse=True)
_SYMBOLS = "|".join(re.escape(op) for op in _BY_LENGTH if not op.isidentifier())
_WORDS = "|".join(op for op in _BY_LENGTH if op.isidentifier())
_CONDITION = re.compile(
    rf"\s*(?P<path>\S+?)(?:\s*(?P<symbol>{_SYMBOLS})|\s+(?P<word>{_WORDS})(?=\s|$))(?P<value>.*)",
    re.DOTALL,
)
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')
_INFINITE = (float("inf"), float("-inf"))


class InvalidCondition(ValueError):
    """A text is not a condition. The message has an example."""


def read_condition(text: str) -> Condition:
    """The condition in a text. Raises InvalidCondition for a text without an operator.

    `configuration/selection.py` checks whether path, operator and value fit together.

    >>> read_condition("data.urgency in CR, HI").value
    ['CR', 'HI']
    """
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise InvalidCondition(
            f"{text!r} is not a condition: write a path, one of {' '.join(OPERATORS)}, and a value,"
            " like data.urgency in CR, HI"
        )
    op = parts["symbol"] or parts["word"]
    return Condition(parts["path"], op, read_value(op, parts["value"]))


def read_value(op: str, text: str) -> object:
    """The value in a text after `op`: a list for `in`, None for `present`."""
    text = text.strip()
    if op in UNARY_OPERATORS:
        return None
    if op in LIST_OPERATORS:
        return [_item(match[1]) for match in _ITEM.finditer(text) if match[1].strip()]
    return _item(text)


def _item(text: str) -> object:
    text = text.strip()
    try:
        value: object = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return text if value in _INFINITE else value


def format_condition(condition: Condition) -> str:
    """The condition as `read_condition` reads it."""
    value = format_value(condition.op, condition.value)
    return f"{condition.path} {condition.op} {value}".rstrip()


def format_value(op: str, value: object) -> str:
    """The value as `read_value` reads it."""
    if op in UNARY_OPERATORS:
        return ""
    if op in LIST_OPERATORS and isinstance(value, list | tuple):
        return ", ".join(_word(item, inside_list=True) for item in value)
    return _word(value, inside_list=False)


def _word(value: object, *, inside_list: bool) -> str:
    literal = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or (inside_list and "," in value):
        return literal
    return value if value.strip() and value.isprintable() and _item(value) == value else literal
