"""An event being edited: its type, its id, and its data as text."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

import msgspec

from corgea_tui.forms.text import TextPosition
from corgea_tui.forms.validation import Messages
from daemon.domain.events.catalogue import EventLimits, InvalidEvent
from daemon.domain.events.event import AcceptedEvent, matching_facts, parse_event
from daemon.domain.problems import FieldError
from daemon.protocol import FieldProblem

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
FIELDS = ("event_type", "event_id")
"""Fields with errors of their own; all other errors belong to `data`."""


@dataclass(frozen=True)
class EventDraft:
    """The event to send; `data` is the typed JSON."""

    event_type: str = ""
    event_id: str = ""
    data: str = "{}"

    @property
    def body(self) -> bytes:
        """The event as JSON; its numbers keep their typed spelling."""
        head = msgspec.json.encode({"event_id": self.event_id, "event_type": self.event_type})
        return head[:-1] + b',"data":' + _compact(self.data) + b"}"

    @property
    def project(self) -> tuple[str, str] | None:
        """The project's id and name, as routing reads them; None for invalid data."""
        try:
            project, name, _ = matching_facts(self.data.encode())
        except _UNREADABLE:
            return None
        return project or "", name or ""

    def with_project(self, project: str, name: str) -> "EventDraft":
        """The event in another project, or in none; invalid data stays unchanged."""
        try:
            members = dict(_members(self.data))
        except _UNREADABLE:
            return self
        if project:
            there = {"id": project, "name": name or project}
            members["project"] = msgspec.Raw(msgspec.json.encode(there))
        else:
            members.pop("project", None)
        return replace(self, data=_pretty(msgspec.json.encode(members)))

    def again(self) -> "EventDraft":
        """The same event with a new id."""
        return replace(self, event_id=str(uuid4()))


@dataclass(frozen=True)
class DraftErrors:
    """The errors of an event by field, and the position of a JSON error in its data."""

    errors: Messages
    position: TextPosition | None = None


def draft_from(sample: AcceptedEvent | None, event_type: str) -> EventDraft:
    """An event to begin with: the sample's data under a new id."""
    data = "{}" if sample is None else _pretty(sample.data)
    return EventDraft(event_type, str(uuid4()), data)


def draft_errors(draft: EventDraft, known_types: Collection[str]) -> DraftErrors:
    """The errors for which the daemon would refuse the event (rules.md §1)."""
    try:
        json.loads(draft.data)
    except json.JSONDecodeError as error:
        position = TextPosition(error.lineno, error.colno)
        words = f"line {position.line}, column {position.column}: {error.msg}"
        return DraftErrors({"data": (words,)}, position)
    except (ValueError, RecursionError):
        pass  # `parse_event` has a better message
    try:
        parse_event(draft.body, limits=EventLimits(), known_types=known_types)
    except InvalidEvent as invalid:
        return DraftErrors(by_field(invalid.errors))
    return DraftErrors({})


def by_field(problems: Iterable[FieldError | FieldProblem]) -> Messages:
    """The problems, by the field of the form."""
    found: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        head, _, rest = problem.field.partition(".")
        key = head if head in FIELDS else "data"
        words = f"{rest} {problem.message}".strip()
        found[key] = (*found.get(key, ()), words)
    return found


def _compact(data: str) -> bytes:
    raw = data.encode("utf-8", "surrogatepass")
    try:
        return msgspec.json.format(raw, indent=-1)
    except _UNREADABLE:
        return raw


def _pretty(data: bytes) -> str:
    return msgspec.json.format(data, indent=2).decode("utf-8", "replace")
