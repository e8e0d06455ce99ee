"""Free text over the history: which deliveries and events hold a word (rules.md §5).

This is the one place that knows how text is found: LIKE, row by row, which `pages` bounds for each
page, and `Readers` keeps beside everything else. It costs some 3 µs a row, so a page of at most a
second looks through a quarter of a million deliveries, and the filter's other words spare rows. An
index (FTS5, trigrams, so that parts of words are found as here and in live streams) costs
50 µs an event on the one thread that writes and as much room as the payloads: more than it saves
those who search now and then.
"""

import json
from collections.abc import Collection

from daemon.domain.filters.parser import Group
from daemon.store.queries.sql import Sql, any_of, every, like, negated

_MATCH = "LIKE ? ESCAPE '\\'"


def delivery_holds(word: str) -> Sql:
    """Over `deliveries d`: ids, error, reason, webhook's name, payload, response bodies."""
    pattern = like(word)
    return any_of(
        [
            Sql(f"d.uid {_MATCH}", (pattern,)),
            Sql(f"d.error_message {_MATCH}", (pattern,)),
            Sql(f"d.reason {_MATCH}", (pattern,)),
            Sql(f"d.webhook_id IN (SELECT id FROM webhooks WHERE name {_MATCH})", (pattern,)),
            _event_of_delivery(word),
            Sql(
                "EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_row = d.id"
                f" AND CAST(a.response_body AS TEXT) {_MATCH})",
                (pattern,),
            ),
        ]
    )


def event_holds(word: str) -> Sql:
    """Over `events e`: its id and its payload, which has its type in it."""
    pieces = [Sql(f"CAST(e.payload AS TEXT) {_MATCH}", (like(form),)) for form in _spellings(word)]
    return any_of([Sql(f"e.event_id {_MATCH}", (like(word),)), *pieces])


def said(columns: Collection[str], group: Group) -> Sql:
    """Words of a filter, looked for in a few short columns."""
    piece = any_of(
        Sql(f"{column} {_MATCH}", (like(value),)) for value in group.values for column in columns
    )
    return negated(piece) if group.negated else piece


def within(column: str, since: int | None, until: int | None) -> Sql:
    """A time in ms that lies in a span: since ≤ t < until."""
    pieces = []
    if since is not None:
        pieces.append(Sql(f"{column} >= ?", (since,)))
    if until is not None:
        pieces.append(Sql(f"{column} < ?", (until,)))
    return every(pieces)


def _event_of_delivery(word: str) -> Sql:
    holds = event_holds(word)
    text = f"EXISTS (SELECT 1 FROM events e WHERE e.id = d.event_row AND ({holds.text}))"
    return Sql(text, holds.params)


def _spellings(word: str) -> list[str]:
    """How a word may stand in JSON: as it is, quotes escaped, or all but ASCII escaped."""
    return list(
        dict.fromkeys((word, json.dumps(word, ensure_ascii=False)[1:-1], json.dumps(word)[1:-1]))
    )
