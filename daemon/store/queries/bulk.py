"""What bulk retries and replays are about: counted before they start, then taken step by step."""

from dataclasses import replace

import msgspec
from peewee import SqliteDatabase

from daemon.domain.filters import Filter, Group, Key, both
from daemon.store.database import execute
from daemon.store.queries.cursors import Place
from daemon.store.queries.filter_sql import WebhookRows, search_deliveries
from daemon.store.queries.pages import count_all, find_page
from daemon.store.queries.sql import Sql, every
from daemon.store.queries.walks import Search


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
    def place(self) -> Place | None:
        """Where the next step begins behind."""
        if self.position_at is None or self.position is None:
            return None
        return Place(self.position_at, self.position)


_RUNNING = (
    "SELECT id, uid, kind, filter, webhook_id, most, rate, matched, started, succeeded, failed,"
    " position_at, position, last FROM jobs WHERE state = 'running'"
)


_NOT_ARRIVED = Filter((Group(Key.STATUS, ("failed", "discarded")),))
"""As a filter, so that the index of these statuses is among those to choose from."""


def running(db: SqliteDatabase) -> list[RunningJob]:
    """The jobs that are to go on."""
    return [RunningJob(*row) for row in execute(db, _RUNNING)]


def running_job(db: SqliteDatabase, row: int) -> RunningJob | None:
    """One job, if it is to go on."""
    found = execute(db, f"{_RUNNING} AND id = ?", (row,)).fetchone()
    return None if found is None else RunningJob(*found)


def to_retry(db: SqliteDatabase, wanted: Filter, webhook_rows: WebhookRows, last: int) -> Search:
    """What a bulk retry is about: the deliveries of a filter that failed or were discarded.

    `last` is the change up to which it looks: what changed since was not counted when it started,
    and what it has retried itself has changed, too.
    """
    search = search_deliveries(db, both(wanted, _NOT_ARRIVED), webhook_rows)
    return _narrowed(search, Sql("d.changed_seq <= ?", (last,)))


def to_replay(
    db: SqliteDatabase, webhook: int, wanted: Filter, webhook_rows: WebhookRows, last: int
) -> Search:
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
    return _narrowed(search_deliveries(db, both(wanted, _NOT_ARRIVED), webhook_rows), missed)


def matching(db: SqliteDatabase, search: Search) -> int:
    """How many there are."""
    return count_all(db, search)


class Step(msgspec.Struct, frozen=True):
    """Some rows of a job, oldest first; `place` is where the next begins, if there is `more`.

    It lies behind the last step's rows, too: some are as they were, since they cannot be retried,
    and must not be taken again after a restart.
    """

    rows: list[int]
    place: Place
    more: bool


def step(db: SqliteDatabase, search: Search, after: Place | None, most: int) -> Step:
    """The next rows behind `after`."""
    found = find_page(db, search, after, most, oldest_first=True)
    return Step(found.rows, found.last or after or Place(0, 0), found.more)


def _narrowed(search: Search, condition: Sql) -> Search:
    return replace(search, condition=every([search.condition, condition]))
