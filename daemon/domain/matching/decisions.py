"""The decisions about an event: the record stored with it, and its text (rules.md §4).

A record is msgpack, and small even for a thousand webhooks: it has groups of webhooks with the same
decision and reason. A group is `[code, runs, detail]`; `runs` are the webhooks' row numbers as
alternating gaps and lengths, so that neighbours cost nothing. Webhooks 1, 2, 3 and 7 that do not
subscribe to the type, but to `user.*`, are `[1, [1, 3, 3, 1], ["user.*"]]`. Codes and shapes may be
added, never changed: records are stored.

A detail holds the facts at the time, since a webhook can be edited afterwards. Once the details
fill `_DETAILS_MOST` bytes, further groups have none. By decision, a detail is:

- not_subscribed: the types and patterns that the webhook subscribes to
- project_filter: how many projects its filter has, then the first of their ids
- status_filter: the statuses of its filter
- condition: the condition, and the value at its path as JSON (None: absent)
- paused: the reason, and since when in milliseconds (None: unknown)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isinf
from typing import Any

import msgspec

from daemon.domain.events.timestamps import from_ms
from daemon.domain.json_path import ABSENT
from daemon.domain.matching.conditions import CompiledCondition, format_condition
from daemon.domain.matching.rules import Decision
from daemon.domain.webhooks.config import Condition, WebhookConfig

_CODES = {
    Decision.MATCHED: 0,
    Decision.NOT_SUBSCRIBED: 1,
    Decision.PROJECT_FILTER: 2,
    Decision.STATUS_FILTER: 3,
    Decision.CONDITION: 4,
    Decision.PAUSED: 5,
}
_DECISIONS = {code: decision for decision, code in _CODES.items()}
_DETAILS_MOST = 2000

Detail = tuple[Any, ...]
"""The facts behind a decision, of JSON types (see above)."""

_encode = msgspec.msgpack.Encoder().encode
_Group = tuple[int, list[int], Detail | None]
_decode = msgspec.msgpack.Decoder(list[list[_Group]]).decode


class WebhookDecision(msgspec.Struct, frozen=True):
    """The decision for one webhook, its row number, and the facts behind it if stored."""

    row: int
    decision: Decision
    detail: Detail | None = None


def encode_record_part(decisions: Iterable[WebhookDecision]) -> bytes:
    """One part of a record; `join_record` makes a record of the parts."""
    rows: dict[tuple[Decision, Detail | None], list[int]] = {}
    spent = 0
    for decision in sorted(decisions, key=lambda each: each.row):
        key = (decision.decision, decision.detail)
        if key not in rows and decision.detail is not None:
            spent += len(_encode(decision.detail))
            if spent > _DETAILS_MOST:
                key = (decision.decision, None)
        rows.setdefault(key, []).append(decision.row)
    return _encode(
        [(_CODES[decision], _runs(found), detail) for (decision, detail), found in rows.items()]
    )


def join_record(parts: Sequence[bytes]) -> bytes:
    """A record of its parts."""
    return _encode([msgspec.Raw(part) for part in parts])


def encode_decisions(decisions: Iterable[WebhookDecision]) -> bytes:
    """A record of all decisions about one event."""
    return join_record([encode_record_part(decisions)])


def decode_decisions(record: bytes) -> list[WebhookDecision]:
    """The decisions, by row number. An empty record has none."""
    if not record:
        return []
    return sorted(
        (
            WebhookDecision(row, _DECISIONS[code], detail)
            for part in _decode(record)
            for code, runs, detail in part
            for row in _rows(runs)
        ),
        key=lambda decision: decision.row,
    )


def _runs(rows: list[int]) -> list[int]:
    """Ascending rows as [gap, length, gap, length…]; a gap counts from the end of the last run."""
    runs: list[int] = []
    end = 0
    for row in rows:
        if runs and row == end:
            runs[-1] += 1
        else:
            runs += (row - end, 1)
        end = row + 1
    return runs


def _rows(runs: list[int]) -> Iterator[int]:
    row = 0
    for gap, length in zip(runs[::2], runs[1::2], strict=True):
        row += gap
        yield from range(row, row + length)
        row += length


_MOST_NAMED = 4
_LONGEST = 200


class EventFacts(msgspec.Struct, frozen=True):
    """The values of an event in the text about a decision."""

    event_type: str
    project: str | None = None
    """Its project's name, or the id of a project without a name."""
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
    """A condition with its text, for details."""

    __slots__ = ("text",)

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self.text = _short(format_condition(condition))

    def detail(self, payload: dict[str, object]) -> Detail:
        """The facts when this condition does not hold."""
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
    """The facts as text, which explanations have beside the decision; empty for a match.

    `project_names` are the known names of projects, by id.
    """
    facts = detail or ()
    text = ""
    match decision:
        case Decision.NOT_SUBSCRIBED:
            subscribed = f" (subscribes to {', '.join(facts)})" if facts else ""
            text = f"to {event.event_type}{subscribed}"
        case Decision.PROJECT_FILTER:
            has = event.project or "no project"
            text = f"requires {_filter_projects(facts, project_names or {})}; the event has {has}"
        case Decision.STATUS_FILTER:
            has = event.status or "no status"
            text = f"requires {', '.join(facts) or 'another status'}; the event has {has}"
        case Decision.CONDITION:
            text = _condition_words(facts)
        case Decision.PAUSED:
            reason, since = facts or ("", None)
            text = reason if since is None else f"since {from_ms(since)}, {reason}"
        case Decision.CREATED_LATER:
            text = "created after this event"
    return text


def _filter_projects(facts: Detail, names: Mapping[str, str]) -> str:
    if not facts:
        return "other projects"
    total, *ids = facts
    more = f" and {total - len(ids)} more" if total > len(ids) else ""
    return f"{', '.join(names.get(one, one) for one in ids)}{more}"


def _condition_words(facts: Detail) -> str:
    if not facts:
        return "a condition was not met"
    condition, met = facts
    if met is None:
        return f"requires {condition}; the event does not have it"
    return f"requires {condition}; the event has {met}"
