"""The fields of a JSON body. They are read one by one, and all errors are answered together."""

from collections.abc import Mapping
from typing import Any

from daemon.domain.filters.times import InvalidTime, read_time
from daemon.domain.problems import printable
from daemon.protocol import FieldProblem
from daemon.protocol.refusal import invalid

MOST = 100
"""The most errors in one answer."""


class BodyFields:
    """The fields of a JSON object. Read each that is known, then call `done`."""

    def __init__(self, form: Mapping[str, Any]) -> None:
        self._form = form
        self._known: set[str] = set()
        self.errors: list[FieldProblem] = []

    def text(self, name: str) -> str | None:
        """Text; None where it is absent or null."""
        value: str | None = self._typed(name, str, "must be text")
        return value

    def switch(self, name: str) -> bool:
        """True or false; absent is false."""
        return self._typed(name, bool, "must be true or false") or False

    def whole(self, name: str, least: int, most: int = 10**9) -> int | None:
        """A whole number within its limits."""
        value: int | None = self._typed(name, int, "must be a whole number")
        if value is not None and not least <= value <= most:
            self.add_error(name, f"must be from {least} to {most}")
            return None
        return value

    def positive(self, name: str) -> float | None:
        """A number above 0."""
        value = self._typed(name, int | float, "must be a number")
        if value is not None and not 0 < value < float("inf"):
            self.add_error(name, "must be more than 0")
            return None
        return None if value is None else float(value)

    def time(self, name: str, now_ms: int) -> int | None:
        """A time in any form that filters take, as ms since the epoch."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return read_time(text, now_ms)
        except InvalidTime as error:
            self.add_error(name, str(error))
            return None

    def add_error(self, name: str, message: str) -> None:
        """Add an error of the field `name`."""
        self.errors.append(FieldProblem(name, message))

    def done(self) -> None:
        """Raise Refusal (422) when a field is wrong, or is not one of those that were read."""
        for name in self._form:
            if name not in self._known:
                known = ", ".join(sorted(self._known))
                message = f"is not a field of this call; its fields are {known}"
                self.add_error(printable(name), message)
        if self.errors:
            raise invalid(self.errors[:MOST])

    def _typed(self, name: str, kind: Any, message: str) -> Any:
        self._known.add(name)
        value = self._form.get(name)
        if value is None:
            return None
        # In Python, True and False are whole numbers; in JSON they are not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.add_error(name, message)
            return None
        return value
