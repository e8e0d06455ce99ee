"""Event types that the settings add to the built-in ones."""

import json
import re
from dataclasses import dataclass
from typing import Any

from daemon.domain.events.catalogue import BUILT_IN
from daemon.settings.kinds import BadValue, read_each
from daemon.util.toml import inline

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
            read_each(enumerate(value), _name)
            return tuple(map(ExtraType, dict.fromkeys(value)))
        if not isinstance(value, dict):
            raise BadValue('must be a list of names, e.g. ["sla.violation"], or a table')
        named = ((name, (name, about)) for name, about in value.items())
        return tuple(read_each(named, _extra_type))

    def write(self, value: tuple[ExtraType, ...]) -> str:
        """The names as a list."""
        return inline([declared.name for declared in value])


def _name(name: Any) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _NAME_MAX:
        raise BadValue('is not an event type; write lower-case words like "sla.violation"')
    if name in BUILT_IN:
        raise BadValue("is built in and cannot be declared again")
    return name


def _extra_type(named: tuple[str, Any]) -> ExtraType:
    name, about = named
    _name(name)
    if not isinstance(about, dict) or not set(about) <= {"description", "sample"}:
        raise BadValue("must be a table with only a `description` and a `sample`")
    description = about.get("description", "")
    if not isinstance(description, str):
        raise BadValue("must be text", at=("description",))
    return ExtraType(name, description, _sample(about.get("sample")))


def _sample(text: Any) -> str | None:
    if text is None:
        return None
    try:
        valid = isinstance(text, str) and isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        valid = False
    if not valid:
        raise BadValue("must be text that holds a JSON object", at=("sample",))
    return str(text)
