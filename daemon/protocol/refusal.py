"""`Refusal`: how a service refuses a call, with the problem that the caller gets."""

from collections.abc import Iterable
from typing import Any

from daemon.protocol import FieldProblem, Problem


class Refusal(Exception):
    """A call that cannot be carried out. `problem` is what the caller gets (interfaces.md)."""

    def __init__(self, problem: Problem, *, retry_after: int | None = None) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the same call may succeed (503 and 429)."""


def not_found(what: str, name: str) -> Refusal:
    """404: there is no such object."""
    return Refusal(Problem("Not found", 404, f"there is no {what} {name!r}"))


def conflict(detail: str) -> Refusal:
    """409: not possible in the present state; `detail` says what to do."""
    return Refusal(Problem("Conflict", 409, detail))


def invalid(errors: Iterable[FieldProblem], detail: str = "") -> Refusal:
    """422: the input is well-formed and wrong; all errors at once."""
    return Refusal(Problem("Invalid input", 422, detail, tuple(errors)))


def stale(detail: str, current: dict[str, Any]) -> Refusal:
    """412: the object was saved meanwhile; `current` is the object as it is now."""
    return Refusal(Problem("Stale version", 412, detail, current=current))


def unavailable(detail: str, retry_after: int = 1) -> Refusal:
    """503: nothing was accepted; the caller may try again after `retry_after` seconds."""
    return Refusal(Problem("Unavailable", 503, detail), retry_after=retry_after)
