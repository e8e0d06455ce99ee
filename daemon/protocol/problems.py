"""The types of errors."""

from typing import Any

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """An error or a warning about one field."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer, `application/problem+json` (RFC 9457), with all errors at once."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
    current: dict[str, Any] | None = None
    """With 412: the present object, to compare it with the sent one."""


class RefusedLine(msgspec.Struct, frozen=True):
    """The answer to a refused line of NDJSON; other lines are still accepted."""

    line: int
    error: Problem
