"""The hot statements as prepared text. They run at least once for each event or delivery.

Peewee builds everything else. It builds text anew for each query: an outcome costs 112 µs that way
and 7 µs with the prepared statement here (measured; architecture.md, Performance), on
the one thread that writes. The columns are the models', so a statement changes with them; a row is
a tuple of the values, made in `delivery_rows` or beside the command.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Any

from daemon.store.dialect.sqlite import Insert, Matching, Row, Update, in_list
from daemon.store.models import (
    AttemptModel,
    BodyModel,
    CounterModel,
    DeliveryModel,
    EventModel,
    WebhookModel,
)

_D, _W = DeliveryModel, WebhookModel


def _all_but(model: Any, *left_out: Any) -> tuple[Any, ...]:
    """The fields of a model in its order, without those that take their default."""
    without = {field.name for field in left_out}
    return tuple(field for field in model._meta.sorted_fields if field.name not in without)  # noqa: SLF001


EVENTS = Insert(EventModel, _all_but(EventModel))
BODIES = Insert(BodyModel, _all_but(BodyModel))
ATTEMPTS = Insert(AttemptModel, _all_but(AttemptModel, AttemptModel.id))
COUNTERS = Insert(CounterModel, _all_but(CounterModel), add_to=CounterModel.n)

NEW_DELIVERY = _all_but(
    *(_D, _D.attempt, _D.tries, _D.deaths, _D.manual),
    *(_D.http_status, _D.error_kind, _D.error_message, _D.duration_ms),
    *(_D.lease_owner, _D.changed_seq),
)
"""The fields that a new delivery's record sets: all but those that attempts set."""
DELIVERIES = Insert(_D, (*NEW_DELIVERY, _D.lease_owner, _D.changed_seq))

OUTCOMES = Update(
    _D,
    (_D.id, _D.lease_owner, _D.lease_seq),
    (
        *(_D.status, _D.reason, _D.attempt, _D.tries),
        *(_D.http_status, _D.error_kind, _D.error_message, _D.duration_ms),
        *(_D.next_attempt_at, _D.finished_at, _D.changed_seq),
    ),
    fixed={_D.manual: "0", _D.lease_owner: "NULL"},
)
"""Only the holder of the claim may write an outcome: owner and fencing number are compared.

It writes only the columns that an outcome determines.
"""

HEALTH = Update(
    _W,
    (_W.id,),
    (_W.consecutive_failures, _W.changed_seq),
    newest=(_W.last_triggered_at,),
)

_CLAIMABLE = "status = 'pending' AND lease_owner IS NULL"
CLAIMABLE = Matching(_D, (_D.id, _D.lease_seq), _CLAIMABLE)
"""The deliveries that can still be claimed: one that was discarded, claimed or retried in between
has another fencing number or status."""
CLAIM = Update(
    _D,
    (_D.id, _D.lease_seq),
    (_D.lease_owner,),
    fixed={_D.lease_seq: "lease_seq + 1"},
    where=_CLAIMABLE,
)

DISCARD = Update(
    _D,
    (_D.id,),
    (_D.reason, _D.finished_at, _D.changed_seq),
    fixed={_D.status: "'discarded'", _D.next_attempt_at: "NULL", _D.manual: "0"},
)

_SET_META = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


def set_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a value of `meta`; each batch sets the number of its last change."""
    connection.execute(_SET_META, (key, value))


def events_of_ids(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Row]:
    """Row, id, type, given timestamp and payload of the events that have these ids."""
    sql, params = in_list(
        "SELECT id, event_id, event_type, given_timestamp, payload FROM events WHERE event_id IN",
        ids,
        "",
    )
    return connection.execute(sql, params).fetchall()


def bodies_of(connection: sqlite3.Connection, deliveries: Sequence[int]) -> list[Row]:
    """Row, whether the payload is sent, sealed custom body, its problem and payload of each."""
    sql, params = in_list(
        "SELECT d.id, b.delivery_row IS NULL, b.sealed, b.problem,"
        " CASE WHEN b.delivery_row IS NULL THEN e.payload END"
        " FROM deliveries d JOIN events e ON e.id = d.event_row"
        " LEFT JOIN bodies b ON b.delivery_row = d.id WHERE d.id IN",
        deliveries,
        0,
    )
    return connection.execute(sql, params).fetchall()


def release(connection: sqlite3.Connection, owner: str, deliveries: Sequence[int]) -> None:
    """Remove an owner's claims from deliveries."""
    sql, params = in_list(
        "UPDATE deliveries SET lease_owner = NULL WHERE id IN",
        deliveries,
        0,
        " AND lease_owner = ?",
    )
    connection.execute(sql, (*params, owner))


def change_delivery(connection: sqlite3.Connection, row: int, values: dict[str, Any]) -> None:
    """Set columns of one delivery, for manual retries: a bulk retry makes many."""
    connection.execute(_change(tuple(values)), (*values.values(), row))


@cache
def _change(columns: tuple[str, ...]) -> str:
    names = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE deliveries SET {names} WHERE id = ?"  # noqa: S608  # names of the model's
