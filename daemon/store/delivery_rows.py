"""Maps a delivery's row to its record.

A field of `DeliveryRecord` is the column of `DeliveryModel` with the same name; the exceptions are
below. So a new column needs a field in both classes and no change here.
"""

from __future__ import annotations  # Peewee's classes take type arguments in its stubs alone

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
from peewee import ModelSelect, SqliteDatabase

from daemon.store.dialect.sqlite import execute
from daemon.store.models import DeliveryModel, EventModel
from daemon.store.records import DeliveryRecord
from daemon.store.statements import NEW_DELIVERY

_NOT_OF_THAT_NAME: dict[str, Any] = {
    "row": DeliveryModel.id,
    "event_id": EventModel.event_id,
    "project_name": EventModel.project_name,
    "in_flight": DeliveryModel.lease_owner.is_null(False),
    "error": DeliveryModel.error_kind,
}
_NAMES = DeliveryRecord.__struct_fields__
_SELECTED = [
    _NOT_OF_THAT_NAME[name] if name in _NOT_OF_THAT_NAME else getattr(DeliveryModel, name)
    for name in _NAMES
]

_IN_RECORD = {"id": "row", "kind": "kind._value_", "status": "status._value_"}
"""The attribute with a column's value, if not its name (`Enum.value` costs two calls)."""

new_row = attrgetter(*(_IN_RECORD.get(field.name, field.name) for field in NEW_DELIVERY))
"""A new record's values in the order of `NEW_DELIVERY`, in one call."""


def select_deliveries(*conditions: Any) -> ModelSelect[DeliveryModel]:
    """A query for the deliveries that fulfil conditions; `fetch` runs it."""
    query = DeliveryModel.select(*_SELECTED, DeliveryModel.error_message)
    query = query.join(EventModel, on=EventModel.id == DeliveryModel.event_row)
    return query.where(*conditions) if conditions else query


def fetch(
    db: SqliteDatabase, query: ModelSelect[DeliveryModel] | str, params: Sequence[Any] = ()
) -> list[DeliveryRecord]:
    """The records that a query of `select_deliveries` finds, or its text with `params`.

    Rows are taken as sqlite3 gives them: Peewee's conversion, value by value, would take longer
    than everything else, and a refill of a lane reads thousands.
    """
    found = execute(db, query, params) if isinstance(query, str) else db.execute(query)
    return [_record(row) for row in found]


def by_row(db: SqliteDatabase, row: int) -> DeliveryRecord:
    """The delivery of an existing row."""
    return fetch(db, select_deliveries(DeliveryModel.id == row))[0]


def columns_of(changes: dict[str, Any]) -> dict[str, Any]:
    """Changed fields of a record as names and values of columns."""
    columns: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "error":
            columns["error_kind"] = None if value is None else value.kind.value
            columns["error_message"] = None if value is None else value.message
        elif name == "in_flight":
            columns["lease_owner"] = None  # only a claim sets it
        else:
            field = getattr(DeliveryModel, name)
            columns[field.column_name] = getattr(value, "value", value)
    return columns


def _record(row: tuple[Any, ...]) -> DeliveryRecord:
    named = dict(zip(_NAMES, row, strict=False))  # the error's message is behind the names
    if named["error"] is not None:
        named["error"] = {"kind": named["error"], "message": row[-1] or ""}
    return msgspec.convert(named, DeliveryRecord, strict=False)
