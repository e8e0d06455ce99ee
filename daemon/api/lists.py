"""Lists: the parameters that they share, and the page they answer with (interfaces.md)."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Parameter
from daemon.protocol import FieldProblem, Page
from daemon.store.queries.cursors import CursorPosition, InvalidCursor, read_cursor, write_cursor

T = TypeVar("T")

LIMIT = 50
LIMIT_MAX = 500

PAGING = (
    Parameter(
        "limit",
        f"Items in a page, 1–{LIMIT_MAX}",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT},
    ),
    Parameter("cursor", "`next` of the page before"),
)


class StoredPage(msgspec.Struct, Generic[T], frozen=True):
    """A page as it was read from the store in one transaction, before it is presented."""

    items: list[T]
    next: CursorPosition | None
    total: int | None
    seq: int


class Paging:
    """Where a page begins and how long it may be."""

    def __init__(self, call: Call, errors: list[FieldProblem]) -> None:
        """Read the parameters; what is wrong with them is added to `errors`."""
        self.limit = _limit(call.query.get("limit"), errors)
        self.after: CursorPosition | None = None
        if (cursor := call.query.get("cursor")) is not None:
            try:
                self.after = read_cursor(cursor)
            except InvalidCursor as error:
                errors.append(FieldProblem("cursor", str(error)))


def page_answer(
    items: list[Any], following: CursorPosition | None, total: int | None, seq: int
) -> web.Response:
    """The answer of a list."""
    following_text = None if following is None else write_cursor(following)
    return json_answer(Page(items, following_text, total, seq))


def cut(
    items: Sequence[tuple[CursorPosition, T]], after: CursorPosition | None, limit: int
) -> tuple[list[T], CursorPosition | None]:
    """A page of what is in memory, newest first, and where the next one begins."""
    ordered = sorted(items, key=lambda item: item[0], reverse=True)
    behind = [item for item in ordered if after is None or item[0] < after]
    page = behind[:limit]
    return [item for _, item in page], page[-1][0] if len(behind) > limit else None


def whole_number(
    text: str, name: str, least: int, most: int, errors: list[FieldProblem]
) -> int | None:
    """A whole number within its limits."""
    if text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most:  # noqa: PLR2004
        return int(text)
    errors.append(FieldProblem(name, f"must be a whole number from {least} to {most}"))
    return None


def _limit(text: str | None, errors: list[FieldProblem]) -> int:
    if text is None:
        return LIMIT
    return whole_number(text, "limit", 1, LIMIT_MAX, errors) or LIMIT
