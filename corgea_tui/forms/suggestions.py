"""The proposals of fields: paths, values and projects of recent events."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from corgea_tui.forms.text import format_list, last_word
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.conditions import LIST_OPERATORS, UNARY_OPERATORS, format_value
from daemon.domain.matching.rules import decoded_payload
from daemon.domain.problems import is_unicode

MOST_VALUES = 30
LONGEST_VALUE = 60
DEEPEST = 6
FIRST_ITEMS = 1
"""Items of a list that are read: the items are alike."""


class KnownValues:
    """The paths of events in the order of their first occurrence, each with its values."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {}
        self._types: dict[str, set[str]] = {}
        self._projects: dict[str, str] = {}
        self._seen: set[str] = set()

    def learn(self, events: Iterable[AcceptedEvent]) -> None:
        """Take in events; an event that was taken in before is skipped."""
        for event in events:
            if event.event_id in self._seen:
                continue
            self._seen.add(event.event_id)
            self.learn_project(event.project_id, event.project_name)
            for path, value in _leaves("", decoded_payload(event), DEEPEST):
                self._types.setdefault(path, set()).add(event.event_type)
                values = self._values.setdefault(path, {})
                if len(values) < MOST_VALUES and (text := _text(value)) is not None:
                    values[text] = None

    def learn_project(self, project: str | None, name: str | None) -> None:
        """Take in a project of an event."""
        if project is not None and (name or project not in self._projects):
            self._projects[project] = name or ""

    @property
    def projects(self) -> dict[str, str]:
        """Ids of projects with their names, which may be empty."""
        return self._projects

    def paths(self, event_types: Iterable[str] = ()) -> list[str]:
        """The paths of events of these types; without types, of all."""
        chosen = set(event_types)
        return [
            path
            for path, types in self._types.items()
            if path.startswith("data.") and (not chosen or chosen & types)
        ]

    def values(self, path: str) -> list[str]:
        """The values at a path, as they are typed in a condition."""
        return list(self._values.get(path, ()))


def _leaves(at: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    """Every path to a scalar value, with the value."""
    if isinstance(value, dict) and depth:
        for key, member in value.items():
            if key and "." not in key and key.isprintable() and is_unicode(key):
                yield from _leaves(f"{at}.{key}" if at else key, member, depth - 1)
    elif isinstance(value, list) and depth:
        for index, member in enumerate(value[:FIRST_ITEMS]):
            yield from _leaves(f"{at}.{index}", member, depth - 1)
    else:
        yield at, value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    text = format_value("=", value)
    return text if len(text) <= LONGEST_VALUE and text.isprintable() else None


MOST = 60
"""The most proposals of a menu."""


@dataclass(frozen=True)
class Proposal:
    """`value` is the whole text of the field after the choice; `label` and `note` are shown."""

    value: str
    label: str
    note: str = ""


Propose = Callable[[str], list[Proposal]]
"""The proposals for a text with the cursor at its end."""


def nothing(_text: str) -> list[Proposal]:
    """The proposals of a field without any."""
    return []


def fitting(typed: str, words: Iterable[str]) -> list[str]:
    """The words that begin with the typed text, then those that contain it."""
    searched = typed.lower()
    starts, holds = [], []
    for word in words:
        lower = word.lower()
        if lower == searched:
            continue
        if lower.startswith(searched):
            starts.append(word)
        elif searched in lower:
            holds.append(word)
    return [*starts, *holds][:MOST]


def propose_words(words: Iterable[str]) -> Propose:
    """The proposals for a field that holds one of these words."""
    known = tuple(words)
    return lambda text: [Proposal(word, word) for word in fitting(text.strip(), known)]


def propose_projects(text: str, projects: Mapping[str, str]) -> list[Proposal]:
    """Proposals for the last id in a list of projects, found by id or name."""
    word, start = last_word(text)
    before = text[:start]
    entered = {each.strip() for each in before.split(",")}
    labels = {f"{name}  {project}".strip(): project for project, name in projects.items()}
    return [
        Proposal(
            before + format_list((labels[label],)),
            projects[labels[label]] or labels[label],
            labels[label] if projects[labels[label]] else "",
        )
        for label in fitting(word, labels)
        if labels[label] not in entered and labels[label] != word
    ]


def propose_values(text: str, op: str, values: Iterable[str]) -> list[Proposal]:
    """A value that was seen at the path; beside `in` the next of a list of them."""
    if op in UNARY_OPERATORS:
        return []
    if op not in LIST_OPERATORS:
        return [Proposal(word, word) for word in fitting(text.strip(), values)]
    word, start = last_word(text)
    before = text[:start]
    entered = {each.strip() for each in before.split(",")}
    left = [value for value in values if value not in entered]
    return [Proposal(before + value, value) for value in fitting(word, left)]
