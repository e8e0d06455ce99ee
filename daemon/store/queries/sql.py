"""Pieces of SQL with their parameters, put together."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class Sql(NamedTuple):
    """A condition, or another piece of a statement. Values stand in `params`, never in `text`."""

    text: str
    params: tuple[Any, ...] = ()


TRUE = Sql("TRUE")
FALSE = Sql("FALSE")


def every(pieces: Iterable[Sql]) -> Sql:
    """All must hold; of none: true."""
    return _joined(pieces, " AND ", TRUE)


def any_of(pieces: Iterable[Sql]) -> Sql:
    """One must hold; of none: false."""
    return _joined(pieces, " OR ", FALSE)


def negated(piece: Sql) -> Sql:
    """Must not hold; what is NULL counts as not holding."""
    return Sql(f"NOT ifnull(({piece.text}), FALSE)", piece.params)


def one_of(column: str, values: Iterable[Any]) -> Sql:
    """The column has one of these values."""
    given = tuple(values)
    if not given:
        return FALSE
    if len(given) == 1:
        return Sql(f"{column} = ?", given)
    return Sql(f"{column} IN ({marks(given)})", given)


def marks(values: Iterable[Any]) -> str:
    """A question mark for each value."""
    return ",".join("?" for _ in values)


def like(word: str) -> str:
    """The pattern that finds `word` anywhere, for LIKE with a backslash as its escape."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _joined(pieces: Iterable[Sql], word: str, of_none: Sql) -> Sql:
    given = list(pieces)
    if not given:
        return of_none
    if len(given) == 1:
        return given[0]
    text = word.join(f"({piece.text})" for piece in given)
    return Sql(text, tuple(param for piece in given for param in piece.params))
