"""What a field may go on with: the texts that fit what has been typed so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from corgea_tui.forms.lists import format_list, last_word
from daemon.domain.matching.conditions import BARE_OPERATORS, LIST_OPERATORS

MOST = 60
"""Proposals worth scrolling through."""


@dataclass(frozen=True)
class Proposal:
    """`value` is the whole text of the field when it is taken; `label` and `note` are shown."""

    value: str
    label: str
    note: str = ""


Propose = Callable[[str], list[Proposal]]
"""The proposals for a text with the cursor at its end."""


def nothing(_text: str) -> list[Proposal]:
    """For fields that nobody can guess."""
    return []


def fitting(typed: str, words: Iterable[str]) -> list[str]:
    """The words that begin with what was typed, then those that hold it; not itself."""
    wanted = typed.lower()
    starts, holds = [], []
    for word in words:
        lower = word.lower()
        if lower == wanted:
            continue
        if lower.startswith(wanted):
            starts.append(word)
        elif wanted in lower:
            holds.append(word)
    return [*starts, *holds][:MOST]


def propose_words(words: Iterable[str]) -> Propose:
    """For a field that holds one of these words."""
    known = tuple(words)
    return lambda text: [Proposal(word, word) for word in fitting(text.strip(), known)]


def propose_projects(text: str, projects: Mapping[str, str]) -> list[Proposal]:
    """The next id of a list of projects; they are found by name too."""
    word, start = last_word(text)
    before = text[:start]
    there = {each.strip() for each in before.split(",")}
    labels = {f"{name}  {project}".strip(): project for project, name in projects.items()}
    return [
        Proposal(
            before + format_list((labels[label],)),
            projects[labels[label]] or labels[label],
            labels[label] if projects[labels[label]] else "",
        )
        for label in fitting(word, labels)
        if labels[label] not in there and labels[label] != word
    ]


def propose_values(text: str, op: str, values: Iterable[str]) -> list[Proposal]:
    """A value that was seen at the path; beside `in` the next of a list of them."""
    if op in BARE_OPERATORS:
        return []
    if op not in LIST_OPERATORS:
        return [Proposal(word, word) for word in fitting(text.strip(), values)]
    word, start = last_word(text)
    before = text[:start]
    there = {each.strip() for each in before.split(",")}
    left = [value for value in values if value not in there]
    return [Proposal(before + value, value) for value in fitting(word, left)]
