"""Complaints gathered while a form is read, and the shapes that many fields share."""

from collections.abc import Iterable, Iterator

from daemon.domain.problems import FieldError, printable, quoted, unknown

MOST = 100
"""Complaints about one webhook that are worth sending back."""


class FieldErrors:
    """All that is wrong with one form."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    @property
    def enough(self) -> bool:
        """Whether so much is wrong that looking further is of no use to anybody."""
        return len(self.errors) >= MOST

    def add(self, field: str, message: str) -> None:
        """Note that `field` (a path such as `headers.0.value`) is wrong."""
        self.errors.append(FieldError(field, message))

    def unknown_keys(
        self, of: Iterable[object], known: tuple[str, ...], what: str, at: str = ""
    ) -> None:
        """Complain about each key that is none of `known`."""
        for key in of:
            if self.enough:
                return
            if key not in known:
                name = str(key)
                self.add(at + printable(name), unknown(what, name, known))


def rows(
    value: object, field: str, complaints: FieldErrors, example: str
) -> Iterator[tuple[str, object]]:
    """The rows of a list with the path of each; nothing, and a complaint, for what is no list."""
    if value is None:
        return
    if not isinstance(value, list | tuple):
        complaints.add(field, f"must be a list, like {example}")
        return
    for index, row in enumerate(value):
        if complaints.enough:
            return
        yield f"{field}.{index}", row


def names(
    value: object, field: str, complaints: FieldErrors, example: str
) -> Iterator[tuple[str, str]]:
    """The strings of a list with the path of each, each once."""
    seen: set[str] = set()
    for path, row in rows(value, field, complaints, example):
        if not isinstance(row, str):
            complaints.add(path, "must be a string")
        elif row in seen:
            complaints.add(path, f"{quoted(row)} is there twice")
        else:
            seen.add(row)
            yield path, row


def switch(value: object, field: str, complaints: FieldErrors) -> bool:
    """True or false; absent and null are false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    complaints.add(field, "must be true or false")
    return False
