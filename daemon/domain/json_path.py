"""Dotted paths into a payload: `data.project.name`, `data.scan_errors.0.message`.

A step is a key of an object or an index in a list, from 0.
"""

from collections.abc import Sequence
from typing import Any, Final

_LONGEST_INDEX = 6


class _Absent:
    """The type of ABSENT."""


ABSENT: Final = _Absent()
"""The result for a path that does not exist. (null exists.)"""


def follow(steps: Sequence[str], value: object) -> Any:
    """The value at `steps` in a decoded JSON value, or ABSENT."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, ABSENT)
        elif isinstance(value, list) and is_index(step) and int(step) < len(value):
            value = value[int(step)]
        else:
            return ABSENT
    return value


def is_index(step: str) -> bool:
    """Whether a step can be an index in a list."""
    return step.isascii() and step.isdigit() and len(step) <= _LONGEST_INDEX
