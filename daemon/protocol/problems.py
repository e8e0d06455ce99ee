"""The shapes of errors."""

from typing import Any

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """An error of one field; also the shape of a warning."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer, `application/problem+json` (RFC 9457), with all errors at once."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
    current: dict[str, Any] | None = None
    """With 412: the object as it is now, to compare it with what was sent."""


class RefusedLine(msgspec.Struct, frozen=True):
    """The answer to a refused line of NDJSON; the other lines are accepted all the same."""

    line: int
    error: Problem
