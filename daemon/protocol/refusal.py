"""`Refusal`: how a service refuses a call, with the problem that the caller gets."""

from collections.abc import Iterable
from typing import Any

from daemon.protocol import FieldProblem, Problem


class Refusal(Exception):
    """A refused call. The caller gets `problem` as its answer (interfaces.md)."""

    def __init__(self, problem: Problem, *, retry_after: int | None = None) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the same call may succeed (503 and 429)."""


def no_such(kind: str, name: str) -> str:
    """The message that a webhook, delivery, event or job does not exist, and where to find one."""
    by = "ids and names" if kind == "webhook" else "ids"
    plural = "deliveries" if kind == "delivery" else f"{kind}s"
    return f"there is no {kind} {name!r}; the list of {plural} has their {by}"


def not_found(kind: str, name: str) -> Refusal:
    """404: the object does not exist."""
    return Refusal(Problem("Not found", 404, no_such(kind, name)))


def conflict(detail: str) -> Refusal:
    """409: not possible in the present state; `detail` says what to do."""
    return Refusal(Problem("Conflict", 409, detail))


def invalid(errors: Iterable[FieldProblem], detail: str = "") -> Refusal:
    """422: the input is well-formed and wrong; all errors at once."""
    return Refusal(Problem("Invalid input", 422, detail, tuple(errors)))


def stale(detail: str, current: dict[str, Any]) -> Refusal:
    """412: another user saved the object meanwhile; `current` is its present state."""
    return Refusal(Problem("Stale version", 412, detail, current=current))


def unavailable(detail: str, retry_after: int = 1) -> Refusal:
    """503: nothing was accepted; the caller may try again after `retry_after` seconds."""
    return Refusal(Problem("Unavailable", 503, detail), retry_after=retry_after)
