"""What bulk retries and replays are about: counted before they start, then taken step by step."""

from dataclasses import replace

import msgspec
from peewee import SqliteDatabase

from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter, Group, conjunction
from daemon.store.database import execute
from daemon.store.queries.cursors import CursorPosition
from daemon.store.queries.filter_sql import WebhookRows, search_deliveries
from daemon.store.queries.index_scans import ScanSearch
from daemon.store.queries.pages import count_all, find_page
from daemon.store.queries.sql import Sql, every


class RunningJob(msgspec.Struct, frozen=True):
    """A job as far as driving it needs; `position_at` and `position` are the last row's place."""

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
    def place(self) -> CursorPosition | None:
        """Where the next step begins behind."""
        if self.position_at is None or self.position is None:
            return None
        return CursorPosition(self.position_at, self.position)


_RUNNING = (
    "SELECT id, uid, kind, filter, webhook_id, most, rate, matched, started, succeeded, failed,"
    " position_at, position, last FROM jobs WHERE state = 'running'"
)


_NOT_ARRIVED = Filter((Group(FilterKey.STATUS, ("failed", "discarded")),))
"""As a filter, so that the index of these statuses is among those to choose from."""


def running(db: SqliteDatabase) -> list[RunningJob]:
    """The jobs that are to go on."""
    return [RunningJob(*row) for row in execute(db, _RUNNING)]


def running_job(db: SqliteDatabase, row: int) -> RunningJob | None:
    """One job, if it is to go on."""
    found = execute(db, f"{_RUNNING} AND id = ?", (row,)).fetchone()
    return None if found is None else RunningJob(*found)


def to_retry(
    db: SqliteDatabase, wanted: Filter, webhook_rows: WebhookRows, last: int
) -> ScanSearch:
    """What a bulk retry is about: the deliveries of a filter that failed or were discarded.

    `last` is the change up to which it looks: what changed since was not counted when it started,
    and what it has retried itself has changed, too.
    """
    search = search_deliveries(db, conjunction(wanted, _NOT_ARRIVED), webhook_rows)
    return _narrowed(search, Sql("d.changed_seq <= ?", (last,)))


def to_replay(
    db: SqliteDatabase, webhook: int, wanted: Filter, webhook_rows: WebhookRows, last: int
) -> ScanSearch:
    """What a replay is about: a webhook's newest delivery of each event, if it did not get there.

    Tests are left out: they are nobody's events. `last` as in `to_retry`.
    """
    missed = Sql(
        "d.webhook_id = ? AND d.kind != 'test'"
        " AND d.changed_seq <= ? AND NOT EXISTS (SELECT 1 FROM deliveries newer"
        " WHERE newer.event_row = d.event_row AND newer.webhook_id = d.webhook_id"
        " AND newer.id > d.id)",
        (webhook, last),
    )
    return _narrowed(search_deliveries(db, conjunction(wanted, _NOT_ARRIVED), webhook_rows), missed)


def matching(db: SqliteDatabase, search: ScanSearch) -> int:
    """How many there are."""
    return count_all(db, search)


class JobStep(msgspec.Struct, frozen=True):
    """Some rows of a job, oldest first; `place` is where the next begins, if there is `more`.

    It lies behind the last step's rows, too: some are as they were, since they cannot be retried,
    and must not be taken again after a restart.
    """

    rows: list[int]
    place: CursorPosition
    more: bool


def step(
    db: SqliteDatabase, search: ScanSearch, after: CursorPosition | None, most: int
) -> JobStep:
    """The next rows behind `after`."""
    found = find_page(db, search, after, most, oldest_first=True)
    return JobStep(found.rows, found.last or after or CursorPosition(0, 0), found.more)


def _narrowed(search: ScanSearch, condition: Sql) -> ScanSearch:
    return replace(search, condition=every([search.condition, condition]))
