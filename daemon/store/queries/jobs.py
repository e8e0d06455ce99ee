"""Jobs as they are read."""

from peewee import SqliteDatabase

from daemon.domain.timestamps import from_ms
from daemon.store.database import execute
from daemon.store.queries.cursors import Place
from daemon.store.queries.pages import Found
from daemon.wire import Job

_SELECT = (
    "SELECT id, uid, kind, state, matched, started, succeeded, failed, created_at, finished_at,"
    " by, filter, error, changed_seq FROM jobs "
)


def page(db: SqliteDatabase, after: Place | None, limit: int) -> Found:
    """Jobs, newest first. There are few: one for each time somebody asked."""
    bound, params = ("", ()) if after is None else ("WHERE (created_at, id) < (?, ?)", after)
    sql = f"SELECT created_at, id FROM jobs {bound} ORDER BY created_at DESC, id DESC LIMIT ?"
    places = [Place(*row) for row in execute(db, sql, (*params, limit + 1))]
    shown = places[:limit]
    return Found([place.row for place in shown], shown[-1] if len(places) > limit else None)


def total(db: SqliteDatabase) -> int:
    """How many jobs there are."""
    found: int = execute(db, "SELECT count(*) FROM jobs").fetchone()[0]
    return found


def by_row(db: SqliteDatabase, row: int) -> Job | None:
    """The job of this row."""
    found = execute(db, f"{_SELECT} WHERE id = ?", (row,)).fetchone()
    return None if found is None else _job(found)


def by_uid(db: SqliteDatabase, uid: str) -> Job | None:
    """The job with this id."""
    found = execute(db, f"{_SELECT} WHERE uid = ?", (uid,)).fetchone()
    return None if found is None else _job(found)


def changed(db: SqliteDatabase, since: int, most: int) -> list[tuple[int, Job]]:
    """Jobs that changed after change number `since`, with the number of their last change."""
    rows = execute(
        db, f"{_SELECT} WHERE changed_seq > ? ORDER BY changed_seq LIMIT ?", (since, most)
    )
    return [(row[13], _job(row)) for row in rows]


def _job(row: tuple) -> Job:  # type: ignore[type-arg]  # a row of _SELECT
    return Job(
        id=row[1],
        kind=row[2],
        state=row[3],
        matched=row[4],
        started=row[5],
        succeeded=row[6],
        failed=row[7],
        created_at=from_ms(row[8]),
        finished_at=None if row[9] is None else from_ms(row[9]),
        by=row[10],
        filter=row[11],
        error=row[12],
    )


def row_of(db: SqliteDatabase, uid: str) -> int | None:
    """The row of a job."""
    found = execute(db, "SELECT id FROM jobs WHERE uid = ?", (uid,)).fetchone()
    return None if found is None else int(found[0])
