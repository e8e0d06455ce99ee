"""Event types that the settings add to the built-in ones."""

import json
import re
from dataclasses import dataclass
from typing import Any

from daemon.settings.kinds import BadValue

_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_NAME_MAX = 128


@dataclass(frozen=True)
class ExtraType:
    """A declared event type. `sample` is the `data` of an example event, as JSON text."""

    name: str
    description: str = ""
    sample: str | None = None


@dataclass(frozen=True)
class EventTypes:
    """A list of names, or a table with a description and a sample for each."""

    def read(self, value: Any) -> tuple[ExtraType, ...]:
        """The declared types, in the file's order."""
        if isinstance(value, list):
            value = {name if isinstance(name, str) else "": {} for name in value}
        if not isinstance(value, dict):
            raise BadValue('must be a list of names, e.g. ["sla.violation"], or a table')
        return tuple(_extra_type(name, about) for name, about in value.items())

    def write(self, value: tuple[ExtraType, ...]) -> str:
        """The names as a list."""
        return json.dumps([declared.name for declared in value])


def _extra_type(name: str, about: Any) -> ExtraType:
    if not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise BadValue(f'{name!r} is no event type; want lower-case words like "sla.violation"')
    if name == "webhook.test":
        raise BadValue("webhook.test is reserved: Test alone makes it")
    if not isinstance(about, dict) or not set(about) <= {"description", "sample"}:
        raise BadValue(f"{name}: takes a `description` and a `sample`, nothing else")
    description = about.get("description", "")
    if not isinstance(description, str):
        raise BadValue(f"{name}: `description` must be text")
    return ExtraType(name, description, _sample(name, about.get("sample")))


def _sample(name: str, text: Any) -> str | None:
    if text is None:
        return None
    try:
        sound = isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise BadValue(f"{name}: `sample` must be text that holds a JSON object")
    return str(text)
