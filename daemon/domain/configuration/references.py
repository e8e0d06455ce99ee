"""What a webhook file takes from elsewhere: `${NAME}` and `file:PATH` (interfaces.md, Files).

They stand for what must not lie in a repository: in the URL, the secret, header values and the body
template. `${NAME}` may stand anywhere in such a value, `$${` is a plain `${`; `file:PATH` is the
whole value and gives the file's text without the line's end.
"""

import re
from collections.abc import Callable
from typing import Any

_FIELDS = ("url", "secret", "body_template")
_VARIABLE = re.compile(r"\$(\$)?\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FILE = "file:"

Environment = Callable[[str], str | None]
"""The value of a variable, None when it is not set."""
ReadFile = Callable[[str], str]
"""The text of the file at a path as it was written; raises `UnresolvedReference`."""


class UnresolvedReference(Exception):
    """A reference that leads nowhere; the message says what to do."""


def resolve(
    form: dict[str, Any], environment: Environment, read_file: ReadFile
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The form with what its references stand for, and the fields where that failed, with why."""
    lookup = _Lookup(environment, read_file)
    resolved = {
        **form,
        **{field: lookup.value(field, form[field]) for field in _FIELDS if field in form},
    }
    if isinstance(headers := form.get("headers"), list):
        resolved["headers"] = [
            {**row, "value": lookup.value(f"headers.{index}.value", row["value"])}
            if isinstance(row, dict) and "value" in row
            else row
            for index, row in enumerate(headers)
        ]
    return resolved, lookup.failures


class _Lookup:
    """Resolves values and keeps what failed."""

    def __init__(self, environment: Environment, read_file: ReadFile) -> None:
        self._environment = environment
        self._read_file = read_file
        self.failures: list[tuple[str, str]] = []

    def value(self, field: str, value: Any) -> Any:
        """What `value` stands for; a value that is no text is left to the form's own checks."""
        if not isinstance(value, str):
            return value
        try:
            if value.startswith(FILE):
                return self._read_file(value.removeprefix(FILE)).rstrip("\r\n")
            return _VARIABLE.sub(self._variable, value)
        except UnresolvedReference as error:
            self.failures.append((field, str(error)))
            return value

    def _variable(self, found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        if not _NAME.fullmatch(found[2]):
            raise UnresolvedReference(
                f"{found[0]} names no environment variable; write $${{ for a plain ${{"
            )
        value = self._environment(found[2])
        if value is None:
            raise UnresolvedReference(
                f"takes {found[2]} from the environment, where it is not set;"
                " set it for the daemon and start that again"
            )
        return value
