"""Maps errors of the store to refusals of the API."""

from daemon.protocol import FieldProblem, Problem
from daemon.protocol.refusal import Refusal, conflict, invalid, stale, unavailable
from daemon.store.errors import (
    EventConflict,
    NameTaken,
    NotFound,
    StaleVersion,
    StoreError,
    StoreUnavailable,
)


def refusal_of(error: StoreError) -> Refusal:
    """The refusal with its HTTP status: 404, 412, 422, 503, and 409 for every other state."""
    message = str(error)
    match error:
        case NotFound():
            return Refusal(Problem("Not found", 404, message))
        case StaleVersion():
            return stale(message, error.current)
        case NameTaken():
            return invalid([FieldProblem(error.field, error.complaint)])
        case EventConflict():
            field = FieldProblem(error.field, error.complaint)
            return Refusal(Problem("Conflict", 409, message, (field,)))
        case StoreUnavailable():
            return unavailable(message, error.retry_after)
    return conflict(message)
