"""Single things as they are read: a delivery with its attempts, events, series, jobs, the audit."""

from daemon.domain.filters.parser import parse_filter
from daemon.store.cipher import Cipher
from daemon.store.database import execute
from daemon.store.queries import audit, deliveries, events, jobs
from daemon.store.queries.catch_up import Missed, TooMuch, found_at, missed
from daemon.store.queries.health import store_info
from daemon.store.queries.series import WINDOWS, read_each, read_series
from tests.harness.rows import NOON

MINUTE = 60_000


def wanted(text):
    return parse_filter(text, now_ms=NOON)


def test_a_delivery_with_its_attempts(rows):
    row = rows.delivery(status="failed", attempt=2)
    rows.attempt(
        row, 1, http_status=None, error_kind="timeout", error_message="no answer in 10 s",
        response_headers=None, response_body=None, dns_ms=1, connect_ms=2,
    )  # fmt: skip
    rows.attempt(row, 2, manual=1, truncated=1, response_body=b"\xff")
    uid = deliveries.by_rows(rows.db, [row])[0].uid
    file = deliveries.whole(rows.db, uid, rows.cipher)
    first, second = file.attempts
    assert first.error.kind == "timeout"
    assert (first.phases.dns, first.phases.connect, first.phases.tls) == (1, 2, None)
    assert first.response_headers is None
    assert (second.manual, second.truncated, second.response_body) == (True, True, b"\xff")
    assert second.response_headers == (("X-R", "1"),)
    assert second.sent.url == "https://example.com/hook"
    assert second.signatures.current == "aa"
    assert file.payload.startswith(b'{"event_id":"event-')
    assert file.body is None
    assert deliveries.whole(rows.db, "nobody", rows.cipher) is None


def test_a_custom_body_is_opened(rows):
    row = rows.delivery()
    rows.insert("bodies", delivery_row=row, sealed=rows.cipher.seal(b"{}", f"body:{row}"))
    uid = deliveries.by_rows(rows.db, [row])[0].uid
    assert deliveries.whole(rows.db, uid, rows.cipher).body == b"{}"


def test_with_a_key_that_does_not_fit_history_can_still_be_read(rows):
    row = rows.delivery()
    rows.attempt(row)
    rows.insert("bodies", delivery_row=row, sealed=rows.cipher.seal(b"{}", f"body:{row}"))
    uid = deliveries.by_rows(rows.db, [row])[0].uid
    file = deliveries.whole(rows.db, uid, Cipher({1: b"x" * 32}))
    assert file.body.decode() == file.attempts[0].sent.url == deliveries.UNREADABLE


def test_what_a_deleted_webhook_sent_is_forgotten(rows):
    row = rows.delivery()
    rows.attempt(row)
    execute(rows.db, "UPDATE revisions SET sealed = NULL")
    uid = deliveries.by_rows(rows.db, [row])[0].uid
    assert deliveries.whole(rows.db, uid, rows.cipher).attempts[0].sent.headers == ()


def test_an_event_has_the_timestamp_of_its_payload(rows):
    row = rows.event(at=NOON + 5, data={"timestamp": "decoy"})
    (record,) = events.by_rows(rows.db, [row])
    assert record.timestamp == "2025-06-15T15:06:40.005Z"
    assert events.whole(rows.db, record.event_id).record == record
    assert events.whole(rows.db, "nobody") is None


def test_series_add_up_steps_and_fill_the_gaps(rows):
    now = NOON // MINUTE * MINUTE + 30_000
    minute = now // MINUTE * MINUTE
    rows.count(1, "succeeded", 3, minute)
    rows.count(1, "ms:12", 3, minute - MINUTE)
    rows.count(2, "succeeded", 4, minute)
    rows.count(1, "failed", 9, minute - 15 * MINUTE)
    rows.count(1, "failed", 7, minute, span="total")
    steps = read_series(rows.db, WINDOWS["15m"], now)
    assert len(steps) == 15
    assert steps[-1] == (minute, {"succeeded": 7})
    assert steps[-2] == (minute - MINUTE, {"ms:12": 3})
    assert all(metrics == {} for _, metrics in steps[:-2])
    assert read_series(rows.db, WINDOWS["15m"], now, 2)[-1] == (minute, {"succeeded": 4})
    each = read_each(rows.db, WINDOWS["15m"], now)
    assert each.keys() == {1, 2}
    assert each[1][-1] == (minute, {"succeeded": 3})


def test_a_day_is_shown_in_quarters_of_an_hour(rows):
    quarter = 15 * MINUTE
    now = NOON // quarter * quarter + 14 * MINUTE
    for minute in range(14):
        rows.count(1, "failed", 1, now // quarter * quarter + minute * MINUTE)
    for webhook in (None, 1):
        steps = read_series(rows.db, WINDOWS["24h"], now, webhook)
        assert len(steps) == 96
        assert steps[-1][1] == {"failed": 14}


def test_a_week_comes_from_the_hours(rows):
    hour = 60 * MINUTE
    rows.count(1, "failed", 5, NOON // hour * hour - 24 * hour, span="hour")
    for webhook in (None, 1):
        steps = read_series(rows.db, WINDOWS["7d"], NOON, webhook)
        assert len(steps) == 168
        assert steps[-25][1] == {"failed": 5}


def test_the_plots_never_scan_all_counters(rows):
    plan = execute(
        rows.db,
        "EXPLAIN QUERY PLAN SELECT at, metric, sum(n) FROM counters"
        " WHERE span = 'minute' AND at >= 1 AND at < 2 GROUP BY 1, 2",
    ).fetchall()
    assert "SEARCH counters USING PRIMARY KEY (span=? AND at>? AND at<?)" in plan[0][3]


def job(rows, uid, **more):
    row = {
        "uid": uid, "kind": "retry", "filter": "status:failed", "by": "ann",
        "created_at": rows._tick(), "changed_seq": rows._seq(),
    }  # fmt: skip
    return rows.insert("jobs", **{**row, **more})


def test_jobs_by_page(rows):
    for n in range(5):
        job(rows, f"job_{n}", by="bob" if n == 2 else "ann")
    first, after = jobs.page(rows.db, wanted(""), None, 3)
    assert [one.id for one in first] == ["job_4", "job_3", "job_2"]
    rest, end = jobs.page(rows.db, wanted(""), after, 3)
    assert [one.id for one in rest] == ["job_1", "job_0"]
    assert end is None
    assert jobs.total(rows.db, wanted("bob")) == 1
    assert jobs.by_uid(rows.db, "job_1").state == "running"
    assert jobs.by_uid(rows.db, "nobody") is None


def test_the_audit_by_page_and_filter(rows):
    for n, target in enumerate(("jira", "slack", "jira")):
        rows.insert(
            "audit", at=NOON + n, login="ann", uid=7, action="webhook.update", target=target,
            before=None, after='{"name":"x"}', hash=str(n),
        )  # fmt: skip
    entries, before = audit.entries(rows.db, wanted(""), None, 2)
    assert [entry.hash for entry in entries] == ["2", "1"]
    assert [entry.hash for entry in audit.entries(rows.db, wanted(""), before, 2)[0]] == ["0"]
    assert audit.total(rows.db, wanted("webhook:jira")) == 2
    assert audit.total(rows.db, wanted("-webhook:jira")) == 1
    assert audit.total(rows.db, wanted("slack")) == 1
    assert audit.total(rows.db, wanted(""), most=2) is None
    assert entries[0].after == {"name": "x"}


def test_what_was_missed(rows):
    old = rows.delivery()
    rows.finish()
    since = rows.seq
    fresh = rows.delivery()
    job(rows, "job_1")
    execute(rows.db, "UPDATE deliveries SET changed_seq = ? WHERE id = ?", (rows._seq(), old))
    rows.finish()
    found = missed(rows.db, since)
    assert isinstance(found, Missed)
    there = [(position.type, what) for position, what in found_at(rows.db, found.positions)]
    assert {what.row for type_, what in there if type_ == "delivery"} == {old, fresh}
    assert [type_ for type_, _ in there].count("event") == 1
    assert [what.id for type_, what in there if type_ == "job"] == ["job_1"]
    assert [position.seq for position in found.positions] == sorted(
        {position.seq for position in found.positions}
    )
    assert found.seq == rows.seq
    assert missed(rows.db, rows.seq).positions == []
    execute(rows.db, "DELETE FROM deliveries WHERE id = ?", (old,))
    assert len(found_at(rows.db, found.positions)) == len(found.positions) - 1, "it has been pruned"


def test_too_much_was_missed(rows, monkeypatch):
    monkeypatch.setattr("daemon.store.queries.catch_up.MOST", 5)
    for _ in range(3):
        rows.delivery()
    rows.finish()
    assert missed(rows.db, 0) == TooMuch(rows.seq)
    assert isinstance(missed(rows.db, rows.seq - 2), Missed)


def test_a_number_that_was_never_given_out(rows):
    rows.finish()
    assert missed(rows.db, rows.seq + 1) == TooMuch(rows.seq)


def test_the_size_of_the_store(rows):
    assert store_info(rows.db, rows.path).events == 0
    rows.delivery()
    info = store_info(rows.db, rows.path)
    assert (info.events, info.deliveries) == (1, 1)
    assert info.bytes > 4096
