"""Errors as they are answered."""

from typing import Any

import msgspec


class FieldProblem(msgspec.Struct, frozen=True):
    """One complaint about one field; also the shape of a warning."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error answer, `application/problem+json` (RFC 9457), with all errors at once."""

    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldProblem, ...] = ()
    current: dict[str, Any] | None = None
    """With 412: the object as it is now, so that both sides can be shown."""


class RefusedLine(msgspec.Struct, frozen=True):
    """The answer to a bad line of NDJSON; good lines around it stand."""

    line: int
    error: Problem
