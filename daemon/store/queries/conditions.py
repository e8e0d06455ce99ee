"""Conditions that queries share, and free text over the history (rules.md §5).

Text is searched with LIKE, row by row. `pages` bounds the rows for each page, and `Readers` runs
such queries in a thread of their own. It costs some 3 µs a row, so a page of at most a second reads
a quarter of a million deliveries; other terms of the filter reduce the rows. An index (FTS5 with
trigrams, to find parts of words as here and in live streams) costs 50 µs an event on the one thread
that writes and as much space as the payloads: more than it saves for rare searches.
"""

import json
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_
from typing import Any

from peewee import SQL, fn

from daemon.domain.filters.parser import Group
from daemon.store.dialect.sqlite import as_text
from daemon.store.models import AttemptModel, DeliveryModel, EventModel, WebhookModel

Condition = Any
"""A condition of Peewee's: an expression over the models."""

TRUE: Condition = SQL("TRUE")
FALSE: Condition = SQL("FALSE")


def every(conditions: Iterable[Condition]) -> Condition:
    """All conditions hold; true without any."""
    given = list(conditions)
    return reduce(and_, given) if given else TRUE


def any_of(conditions: Iterable[Condition]) -> Condition:
    """One of the conditions holds; false without any."""
    given = list(conditions)
    return reduce(or_, given) if given else FALSE


def negated(condition: Condition) -> Condition:
    """The condition does not hold; NULL counts as false."""
    return ~fn.COALESCE(condition, FALSE)


def one_of(field: Any, values: Iterable[Any]) -> Condition:
    """The field has one of these values."""
    given = list(values)
    if not given:
        return FALSE
    return field == given[0] if len(given) == 1 else field.in_(given)


def within(field: Any, since: int | None, until: int | None) -> Condition:
    """A time in ms that lies in a span: since ≤ t < until."""
    bounds = []
    if since is not None:
        bounds.append(field >= since)
    if until is not None:
        bounds.append(field < until)
    return every(bounds)


def contains(fields: Iterable[Any], group: Group) -> Condition:
    """A few short fields contain the text of a filter."""
    found = any_of(field.contains(value) for value in group.values for field in fields)
    return negated(found) if group.negated else found


def delivery_contains(word: str) -> Condition:
    """A delivery contains it: ids, error, reason, webhook's name, payload, response bodies."""
    named = WebhookModel.select(WebhookModel.id).where(WebhookModel.name.contains(word))
    answered = AttemptModel.select(AttemptModel.id).where(
        AttemptModel.delivery == DeliveryModel.id,
        as_text(AttemptModel.response_body).contains(word),
    )
    sent = EventModel.select(EventModel.id).where(
        EventModel.id == DeliveryModel.event_row, event_contains(word)
    )
    return any_of(
        [
            DeliveryModel.uid.contains(word),
            DeliveryModel.error_message.contains(word),
            DeliveryModel.reason.contains(word),
            DeliveryModel.webhook.in_(named),
            fn.EXISTS(sent),
            fn.EXISTS(answered),
        ]
    )


def event_contains(word: str) -> Condition:
    """An event contains it: its id, or its payload, which includes its type."""
    payload = as_text(EventModel.payload)
    in_payload = [payload.contains(form) for form in _spellings(word)]
    return any_of([EventModel.event_id.contains(word), *in_payload])


def _spellings(word: str) -> list[str]:
    """The forms of a word in JSON: unchanged, with quotes escaped, with all but ASCII escaped."""
    return list(
        dict.fromkeys((word, json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]))
    )
