"""Conditions as people type and read them: `data.urgency in CR, HI` (rules.md §2).

A word is the JSON value it spells (`3`, `true`, `null`, `"quoted"`), else the string it is.
"""

import json
import re

from daemon.domain.matching.conditions import BARE_OPERATORS, LIST_OPERATORS, OPERATORS
from daemon.domain.webhooks.config import Condition

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
    """A text that is no condition; the message says what one looks like."""


def read_condition(text: str) -> Condition:
    """The condition in a text like `data.issues_found > 0`.

    Raises InvalidCondition when it has no operator. Whether path, operator and value go together
    is judged where all webhooks are, in `webhook_form`.
    """
    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise InvalidCondition(
            f"{text!r} is no condition: write a path, one of {' '.join(OPERATORS)}, and a value,"
            " like data.urgency in CR, HI"
        )
    op = parts["symbol"] or parts["word"]
    return Condition(parts["path"], op, read_value(op, parts["value"]))


def read_value(op: str, text: str) -> object:
    """The value that a text stands for beside `op`: a list for `in`, nothing for `present`."""
    text = text.strip()
    if op in BARE_OPERATORS:
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
    if op in BARE_OPERATORS:
        return ""
    if op in LIST_OPERATORS and isinstance(value, list | tuple):
        return ", ".join(_word(item, inside_list=True) for item in value)
    return _word(value, inside_list=False)


def _word(value: object, *, inside_list: bool) -> str:
    literal = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or (inside_list and "," in value):
        return literal
    return value if value.strip() and value.isprintable() and _item(value) == value else literal
