"""The lists' statements: by index, in the list's order, and no more work when history grows."""

import pytest

from daemon.domain.filters.parser import parse_filter
from daemon.store.database import connection_of, execute
from daemon.store.queries import filter_queries
from daemon.store.queries.filter_queries import search_deliveries, search_events
from daemon.store.queries.index_scans import CursorPosition, best_path, positions_query
from daemon.store.queries.pages import find_page
from tests.harness.rows import Rows

FILTERS = (
    "",
    "status:failed",
    "status:failed status:discarded",
    "-status:succeeded",
    "status:succeeded",
    "http:5xx",
    "http:404",
    "http:none",
    "webhook:hook-3",
    "webhook:hook-3 status:failed",
    "webhook:hook-3 type:scan.failed",
    "type:scan.*",
    "type:scan.failed",
    "project:web",
    "project:web status:failed",
    "kind:test",
    "since:1h",
    "status:failed since:1h until:10m",
    "webhook:hook-3 since:1h",
)


def history(path, size):
    """Mostly successes of five webhooks, one delivery in 51 failed, one in 501 of a rare type."""
    rows = Rows(path)
    for n in range(5):
        rows.webhook(f"hook-{n + 1}")
    execute(rows.db, "BEGIN")
    for n in range(size):
        failed = n % 51 == 0
        code = (503, 404, None)[n // 51 % 3] if failed else 200
        rows.delivery(
            1 + n % 5,
            status="failed" if failed else "succeeded",
            http_status=code,
            event_type="scan.failed" if n % 501 == 1 else "scan.completed",
            project=("web", "api", None)[n % 3],
            kind="test" if n % 700 == 0 else "event",
        )
    execute(rows.db, "COMMIT")
    rows.finish()
    return rows


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    rows = history(tmp_path_factory.mktemp("small") / "store.db", 1_000)
    yield rows
    rows.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    rows = history(tmp_path_factory.mktemp("large") / "store.db", 10_000)
    yield rows
    rows.close()


def deliveries_search(rows, text):
    return search_deliveries(rows.db, parse_filter(text, now_ms=rows.now), rows.rows_named)


def plan(rows, statement):
    sql, params = rows.db.get_sql_context().sql(statement).query()
    found = execute(rows.db, f"EXPLAIN QUERY PLAN {sql}", params)
    return [row[3] for row in found]


@pytest.mark.parametrize("text", FILTERS)
def test_pages_come_from_an_index_in_their_order(large, text):
    search = deliveries_search(large, text)
    for way in search.paths:
        for walk in way:
            for after in (None, CursorPosition(large.now, 5)):
                steps = plan(large, positions_query(search, walk, after, 51))
                assert f"INDEX {walk.index}" in steps[0], steps
                if walk.index != "deliveries_due":  # there are few in it, or it is not taken
                    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in steps), steps


def test_events_come_from_their_index(large):
    for text in ("", "type:scan.failed", "project:web", "since:1h"):
        search = search_events(parse_filter(text, now_ms=large.now), large.rows_named)
        steps = plan(large, positions_query(search, search.paths[0][0], None, 51))
        assert "COVERING INDEX events_received" in steps[0]
    by_id = search_events(parse_filter("event:event-7", now_ms=0), large.rows_named)
    steps = plan(large, positions_query(by_id, by_id.paths[0][0], None, 51))
    assert "(event_id=?)" in steps[0]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("status:failed", "deliveries_missed"),
        ("http:404", "deliveries_trouble"),
        ("webhook:hook-3 status:failed", "deliveries_missed_by_webhook"),
        ("webhook:hook-3", "deliveries_webhook"),
        ("type:scan.failed", "deliveries_type"),
        ("project:web type:scan.failed", "deliveries_type"),
        ("project:web", "deliveries_project"),
        ("kind:test", "deliveries_kind"),
        ("status:pending", "deliveries_due"),
        ("-kind:event", "deliveries_created"),
        ("since:5s", "deliveries_created"),
        ("status:failed since:1m", "deliveries_missed"),
        ("webhook:hook-3 since:5s", "deliveries_webhook"),
        ("event:event-9", "deliveries_event"),
    ],
)
def test_the_way_past_the_fewest_rows_is_taken(large, text, index):
    way = best_path(large.db, deliveries_search(large, text))
    assert {walk.index for walk in way} == {index}


def test_only_what_an_index_carries_is_asked_of_it(large):
    for text in ("type:scan.failed", "project:web type:scan.x", "webhook:hook-1 type:scan.failed"):
        search = deliveries_search(large, text)
        for way in search.paths[:-1]:
            steps = plan(large, positions_query(search, way[0], None, 51))
            assert "USING COVERING INDEX" in steps[0]


def work(rows, text):
    """Instructions that SQLite runs for the first page."""
    counted = 0

    def count():
        nonlocal counted
        counted += 1
        return 0

    connection = connection_of(rows.db)
    search = deliveries_search(rows, text)
    connection.set_progress_handler(count, 10)
    try:
        assert find_page(rows.db, search, None, 5).rows
    finally:
        connection.set_progress_handler(None, 0)
    return counted * 10


@pytest.mark.parametrize("text", FILTERS)
def test_a_first_page_costs_the_same_in_a_longer_history(small, large, text):
    # Telling which index is best looks at up to 2,000 entries: that much may be added.
    assert work(large, text) <= 2 * work(small, text) + 30_000


def test_many_that_wait_are_not_sorted_for_a_page(rows, monkeypatch):
    made = [rows.delivery(status="pending", next_attempt_at=9 - n) for n in range(4)]
    for few, index in ((3, "deliveries_created"), (5, "deliveries_due")):
        monkeypatch.setattr(filter_queries, "_FEW_PENDING", few)
        search = deliveries_search(rows, "status:pending")
        assert {walk.index for walk in search.paths[0]} == {index}
        assert find_page(rows.db, search, None, 3).rows == made[:0:-1]
