"""Errors of the store. `daemon.services.refusals` gives each an HTTP status.

A command or a query raises them before it has changed anything.
"""

from typing import Any

from daemon.protocol.refusal import no_such


class StoreProblem(Exception):
    """The store cannot be used, and was not changed; the message says what to do."""


class StoreError(Exception):
    """The store refuses a command or a query; the message says what to do."""


class NotFound(StoreError):
    """An object of this name or id does not exist."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(no_such(kind, name))


class WrongState(StoreError):
    """The state of the object does not allow the command."""


class NameTaken(StoreError):
    """Another webhook has this name."""

    field, complaint = "name", "is taken by another webhook; choose another"

    def __init__(self) -> None:
        super().__init__(f"the name {self.complaint}")


class StaleVersion(StoreError):
    """Another user saved the object since the caller read it; `current` is its present state."""

    def __init__(self, message: str, current: dict[str, Any]) -> None:
        super().__init__(message)
        self.current = current


class EventConflict(StoreError):
    """An event has the id of an earlier one, but other content."""

    field, complaint = "event_id", "is the id of another event; give a new event another id"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"event {event_id} was accepted before with other content; give a new event another id"
        )


class StoreUnavailable(StoreError):
    """The store cannot do this now; the same may succeed after `retry_after` seconds."""

    retry_after = 1


class StoreFull(StoreUnavailable):
    """The disk has no room."""

    retry_after = 5

    def __init__(self) -> None:
        super().__init__("the disk is full; free some space, nothing was accepted")


class StoreLocked(StoreUnavailable):
    """Another program holds the database."""

    def __init__(self) -> None:
        super().__init__("another program has locked the database; close it")


class StoreFailed(StoreUnavailable):
    """The disk gave an error that leaves the state of a commit unknown: the daemon must stop."""

    def __init__(self, message: str = "the store failed; the daemon stops") -> None:
        super().__init__(message)


class QueryTooLong(StoreUnavailable):
    """A query took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the query takes longer than {seconds:g} s; narrow it by a span of time (from, to), a"
            " status, a webhook or a project"
        )
