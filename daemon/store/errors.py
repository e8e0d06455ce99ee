"""What the store says no to, in the words of the field.

A command or a query raises these before it has changed anything. `daemon.services.refusals` gives
each an HTTP status; nothing here knows of HTTP.
"""

from typing import Any


class StoreProblem(Exception):
    """The store cannot be used; the message says what to do. Nothing was changed."""


class StoreError(Exception):
    """A command or a query that the store does not carry out; the message says what to do."""


class NotFound(StoreError):
    """A thing of this name does not exist."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name!r}")


class WrongState(StoreError):
    """The thing is not in a state in which this can be done to it."""


class NameTaken(StoreError):
    """Another webhook has this name."""

    field, complaint = "name", "is taken by another webhook; choose another"

    def __init__(self) -> None:
        super().__init__(f"the name {self.complaint}")


class StaleVersion(StoreError):
    """The thing was saved by another since the caller read it; `current` is what it is now."""

    def __init__(self, message: str, current: dict[str, Any]) -> None:
        super().__init__(message)
        self.current = current


class EventConflict(StoreError):
    """An event comes under the id of an earlier one, with other content."""

    field, complaint = "event_id", "stands for another event already"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"event {event_id} was accepted before with other content; give a new event another id"
        )


class StoreUnavailable(StoreError):
    """Nothing can be done now; the same may succeed after `retry_after` seconds."""

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
            f"this looks through more of the history than {seconds:g} s allow; narrow it: a span of"
            " time (from, to), a status, a webhook or a project"
        )
