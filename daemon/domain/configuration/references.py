"""References in webhook files: `${NAME}` and `file:PATH` (interfaces.md, Files).

They keep secrets out of a repository, in the URL, the secret, header values and the body template.
`${NAME}` is an environment variable and may be anywhere in such a value (`$${` is a plain `${`).
`file:PATH` must be the complete value, and means the file's text without its last line break.
"""

import re
from collections.abc import Callable
from typing import Any

_FIELDS = ("url", "secret", "body_template")
_VARIABLE = re.compile(r"\$(\$)?\{([^}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FILE = "file:"

Environment = Callable[[str], str | None]
"""Returns the value of a variable, or None when it is not set."""
ReadFile = Callable[[str], str]
"""Returns the text of the file at a path, or raises UnresolvedReference."""


class UnresolvedReference(Exception):
    """A reference that cannot be resolved. The message says what to do."""


def resolve(
    form: dict[str, Any], environment: Environment, read_file: ReadFile
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The form with its references resolved, and each unresolved field with the reason."""
    resolver = _Resolver(environment, read_file)
    resolved = {
        **form,
        **{field: resolver.value(field, form[field]) for field in _FIELDS if field in form},
    }
    if isinstance(headers := form.get("headers"), list):
        resolved["headers"] = [
            {**row, "value": resolver.value(f"headers.{index}.value", row["value"])}
            if isinstance(row, dict) and "value" in row
            else row
            for index, row in enumerate(headers)
        ]
    return resolved, resolver.failures


class _Resolver:
    """Resolves values and collects failures."""

    def __init__(self, environment: Environment, read_file: ReadFile) -> None:
        self._environment = environment
        self._read_file = read_file
        self.failures: list[tuple[str, str]] = []

    def value(self, field: str, value: Any) -> Any:
        """The resolved `value`. A value that is not text is left to the form's checks."""
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
                f"{found[0]} does not name an environment variable; write $${{ for a plain ${{"
            )
        value = self._environment(found[2])
        if value is None:
            raise UnresolvedReference(
                f"takes {found[2]} from the environment, where it is not set;"
                " set it for the daemon and restart the daemon"
            )
        return value
