"""Reads jobs, and the deliveries that a job starts: their count, then step by step."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
from peewee import SqliteDatabase, Tuple, Value, fn

from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter, Group, conjunction
from daemon.protocol import Job
from daemon.store.models import DeliveryModel, JobModel
from daemon.store.queries.conditions import Condition, contains, every, within
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.filter_queries import WebhookRows, search_deliveries
from daemon.store.queries.index_scans import ScanSearch
from daemon.store.queries.pages import find_page

_J, _D = JobModel, DeliveryModel
_TEXTS = (_J.uid, _J.kind, _J.state, _J.filter_text, _J.by, _J.error)
_NOT_ARRIVED = Filter((Group(FilterKey.STATUS, ("failed", "discarded")),))
"""A filter, so that the index of these statuses is one of the access paths."""


def page(
    db: SqliteDatabase, filter_: Filter, after: CursorPosition | None, limit: int
) -> tuple[list[Job], CursorPosition | None]:
    """Jobs, newest first. There are few: one for each bulk call."""
    query = _J.select().where(_condition(filter_))
    if after is not None:
        query = query.where(Tuple(_J.created_at, _J.id) < Value(tuple(after)))
    query = query.order_by(_J.created_at.desc(), _J.id.desc()).limit(limit + 1)
    rows = list(query.namedtuples().execute(db))
    found = rows[:limit]
    following = CursorPosition(found[-1].created_at, found[-1].id) if len(rows) > limit else None
    return [_job(row) for row in found], following


def total(db: SqliteDatabase, filter_: Filter) -> int:
    """How many jobs match."""
    found: int = _J.select().where(_condition(filter_)).count(db)
    return found


def _condition(filter_: Filter) -> Condition:
    """The condition on times, and on text in the fields of `_TEXTS`."""
    words = [group for group in filter_.groups if group.key is FilterKey.TEXT]
    span = within(_J.created_at, filter_.since, filter_.until)
    return every([span, *(contains(_TEXTS, group) for group in words)])


def by_uid(db: SqliteDatabase, uid: str) -> Job | None:
    """The job with this id."""
    row = _J.select().where(_J.uid == uid).namedtuples().first(db)
    return None if row is None else _job(row)


def row_of(db: SqliteDatabase, uid: str) -> int | None:
    """The row of a job."""
    row: int | None = _J.select(_J.id).where(_J.uid == uid).scalar(db)
    return row


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[tuple[int, Job]]:
    """The jobs of these rows, each with its row."""
    if not rows:
        return []
    return [
        (row.id, _job(row)) for row in _J.select().where(_J.id.in_(rows)).namedtuples().execute(db)
    ]


def _job(row: Any) -> Job:
    return Job(
        id=row.uid,
        kind=row.kind,
        state=row.state,
        matched=row.matched,
        started=row.started,
        succeeded=row.succeeded,
        failed=row.failed,
        created_at=from_ms(row.created_at),
        finished_at=None if row.finished_at is None else from_ms(row.finished_at),
        by=row.by,
        filter=row.filter_text,
        error=row.error,
    )


# Running jobs


class RunningJob(msgspec.Struct, frozen=True):
    """A running job. Its last started row is `position`, created at `position_at`."""

    row: int
    uid: str
    kind: str
    filter: str
    webhook: int | None
    most: int | None
    rate: float | None
    matched: int
    started: int
    succeeded: int
    failed: int
    position_at: int | None
    position: int | None
    last: int

    @property
    def cursor(self) -> CursorPosition | None:
        """The position after which the next step begins."""
        if self.position_at is None or self.position is None:
            return None
        return CursorPosition(self.position_at, self.position)


class JobStep(msgspec.Struct, frozen=True):
    """Some rows of a job, oldest first; the next step begins after `cursor`, if there is `more`.

    `cursor` is stored after the last step, too: rows that cannot be retried did not change, and
    must not be counted again after a restart.
    """

    rows: list[int]
    cursor: CursorPosition
    more: bool


_NOT_OF_THAT_NAME: dict[str, Any] = {"row": _J.id, "filter": _J.filter_text}
_RUNNING = _J.select(
    *(_NOT_OF_THAT_NAME.get(name, getattr(_J, name, None)) for name in RunningJob.__struct_fields__)
).where(_J.state == "running")


def running(db: SqliteDatabase) -> list[RunningJob]:
    """All running jobs."""
    return [RunningJob(*row) for row in db.execute(_RUNNING)]


def running_job(db: SqliteDatabase, row: int) -> RunningJob | None:
    """One job, if it is running."""
    return next((RunningJob(*found) for found in db.execute(_RUNNING.where(_J.id == row))), None)


def to_retry(
    db: SqliteDatabase, filter_: Filter, webhook_rows: WebhookRows, last: int
) -> ScanSearch:
    """The search of a bulk retry: the failed and discarded deliveries that match a filter.

    It excludes changes after number `last`: later ones were not counted at the start, and
    deliveries that the job itself has retried have changed.
    """
    search = search_deliveries(db, conjunction(filter_, _NOT_ARRIVED), webhook_rows)
    return _narrowed(search, _D.changed_seq <= last)


def to_replay(
    db: SqliteDatabase, webhook: int, filter_: Filter, webhook_rows: WebhookRows, last: int
) -> ScanSearch:
    """The search of a replay: a webhook's newest delivery of each event, if it did not succeed.

    Tests are excluded: their events do not come from a producer. `last` is as in `to_retry`.
    """
    newer = _D.alias("newer")
    later = newer.select(newer.id).where(
        newer.event_row == _D.event_row, newer.webhook == _D.webhook, newer.id > _D.id
    )
    missed = every(
        [_D.webhook == webhook, _D.kind != "test", _D.changed_seq <= last, ~fn.EXISTS(later)]
    )
    return _narrowed(
        search_deliveries(db, conjunction(filter_, _NOT_ARRIVED), webhook_rows), missed
    )


def step(
    db: SqliteDatabase, search: ScanSearch, after: CursorPosition | None, most: int
) -> JobStep:
    """The next rows after `after`."""
    found = find_page(db, search, after, most, oldest_first=True)
    return JobStep(found.rows, found.last or after or CursorPosition(0, 0), found.more)


def _narrowed(search: ScanSearch, condition: Condition) -> ScanSearch:
    return replace(search, condition=every([search.condition, condition]))
