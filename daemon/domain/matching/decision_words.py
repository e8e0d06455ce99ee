"""What was decided about an event, and the facts behind it: gathered, and said (rules.md §4, §6).

The facts (a `Detail`) of each decision:

- not_subscribed: the types and patterns that the webhook subscribes to
- project_filter: how many projects it wants, then the first of their ids
- status_filter: the statuses it wants
- condition: the condition, and the value it met as JSON (None: not there)
- paused: the reason, and since when in milliseconds (None: not known)
"""

from collections.abc import Mapping
from math import isinf

import msgspec

from daemon.domain.events.timestamps import from_ms
from daemon.domain.matching.condition_text import format_condition
from daemon.domain.matching.conditions import CompiledCondition
from daemon.domain.matching.decision_codec import Detail
from daemon.domain.matching.json_path import ABSENT
from daemon.domain.matching.rules import Decision
from daemon.domain.webhooks.config import Condition, WebhookConfig

_MOST_NAMED = 4
_LONGEST = 200


class EventFacts(msgspec.Struct, frozen=True):
    """What words about a decision repeat of the event."""

    event_type: str
    project: str | None = None
    """Its project's name, or id where it has no name."""
    status: str | None = None


def filter_detail(config: WebhookConfig, decision: Decision) -> Detail | None:
    """The facts behind a decision that a filter of this webhook made."""
    if decision is Decision.NOT_SUBSCRIBED:
        return config.events
    if decision is Decision.PROJECT_FILTER:
        return (len(config.projects), *config.projects[:_MOST_NAMED])
    if decision is Decision.STATUS_FILTER:
        return config.statuses
    return None


class WordedCondition(CompiledCondition):
    """A condition that has the words ready that say which one it is."""

    __slots__ = ("text",)

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self.text = _short(format_condition(condition))

    def detail(self, payload: dict[str, object]) -> Detail:
        """The facts behind this condition's not holding."""
        found = self.found(payload)
        if found is ABSENT:
            return (self.text, None)
        if isinstance(found, float) and isinf(found):
            return (self.text, f"a number beyond {'-' * (found < 0)}1e308")
        return (self.text, _short(msgspec.json.encode(found).decode()))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def words(
    decision: Decision,
    detail: Detail | None,
    event: EventFacts,
    project_names: Mapping[str, str] | None = None,
) -> str:
    """The facts in words, as explain shows them beside the decision; empty for a match.

    `project_names` names projects by id where their names are known.
    """
    facts = detail or ()
    said = ""
    match decision:
        case Decision.NOT_SUBSCRIBED:
            subscribed = f" (subscribes to {', '.join(facts)})" if facts else ""
            said = f"to {event.event_type}{subscribed}"
        case Decision.PROJECT_FILTER:
            this = f"this is {event.project}" if event.project else "this has no project"
            said = f"wants {_wanted_projects(facts, project_names or {})}; {this}"
        case Decision.STATUS_FILTER:
            this = f"this is {event.status}" if event.status else "this has no status"
            said = f"wants {', '.join(facts) or 'another status'}; {this}"
        case Decision.CONDITION:
            said = _condition_words(facts)
        case Decision.PAUSED:
            reason, since = facts or ("", None)
            said = reason if since is None else f"since {from_ms(since)}, {reason}"
        case Decision.CREATED_LATER:
            said = "made after this event"
    return said


def _wanted_projects(facts: Detail, names: Mapping[str, str]) -> str:
    if not facts:
        return "other projects"
    total, *ids = facts
    more = f" and {total - len(ids)} more" if total > len(ids) else ""
    return f"{', '.join(names.get(one, one) for one in ids)}{more}"


def _condition_words(facts: Detail) -> str:
    if not facts:
        return "a condition was not met"
    wanted, met = facts
    if met is None:
        return f"wants {wanted}; there is none in this"
    return f"wants {wanted}; this has {met}"
