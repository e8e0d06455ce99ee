"""Every filter finds the same by SQL as by the predicate that live streams use."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter, format_filter, parse_filter, term
from daemon.domain.filters.predicate import DeliveryFacts, predicate
from daemon.store.database import execute
from daemon.store.queries import deliveries, events
from daemon.store.queries.filter_queries import holding_text, search_deliveries, search_events
from daemon.store.queries.pages import find_page, total
from tests.harness.rows import NOON, Rows

TYPES = ("scan.completed", "scan.failed", "issue.assigned", "scanner.x")
STATUSES = ("pending", "succeeded", "failed", "discarded")
PROJECTS = (None, "web", "api")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Deliveries of every type, status, project, kind and answer."""
    rows = Rows(tmp_path_factory.mktemp("mixed") / "store.db")
    for name in ("jira", "slack"):
        rows.webhook(name)
    codes = itertools.cycle((404, 500, 503, 301, None))
    kinds = itertools.cycle(("event", "event", "replay", "test", "event"))
    for event_type, status, project, webhook in itertools.product(
        TYPES, STATUSES, PROJECTS, (1, 2)
    ):
        code = {"succeeded": 201, "failed": next(codes)}.get(status)
        rows.delivery(
            webhook,
            status=status,
            event_type=event_type,
            project=project,
            http_status=code,
            kind=next(kinds),
        )
    rows.finish()
    yield rows
    rows.close()


def found(rows, text, limit=500):
    wanted = parse_filter(text, now_ms=rows.now)
    search = search_deliveries(rows.db, wanted, rows.rows_named)
    page = find_page(rows.db, search, None, limit)
    return [record.uid for record in deliveries.by_rows(rows.db, page.rows)]


def facts(rows):
    names = {row: name for name, row in rows.names.items()}
    ids = execute(rows.db, "SELECT id FROM deliveries ORDER BY created_at DESC, id DESC")
    for record in deliveries.by_rows(rows.db, [row for (row,) in ids]):
        yield DeliveryFacts(
            record.uid,
            record.event_id,
            record.event_type,
            f"wh_{record.webhook}",
            names[record.webhook],
            record.project_id,
            record.status.value,
            record.http_status,
            record.kind.value,
            record.created_at,
        )


EXAMPLES = (
    "",
    "status:failed",
    "status:failed status:discarded",
    "-status:succeeded",
    "-status:failed -status:pending",
    "status:succeeded",
    "http:5xx",
    "http:404",
    "http:none",
    "http:2xx",
    "http:4xx http:none",
    "http:3xx http:503",
    "-http:5xx",
    "-http:none",
    "webhook:jira",
    "webhook:wh_2",
    "webhook:nobody",
    "-webhook:jira",
    "type:scan.*",
    "type:scan.failed",
    "-type:scan.*",
    "project:web",
    "-project:web",
    "kind:test",
    "-kind:event",
    "event:event-1",
    "event:event-1 event:event-5",
    "status:failed webhook:slack type:scan.* project:api http:5xx",
    "webhook:jira webhook:slack status:pending -project:web",
    "status:succeeded http:5xx",
)


@pytest.mark.parametrize("text", EXAMPLES)
def test_sql_and_predicate_agree(mixed, text):
    passes = predicate(parse_filter(text, now_ms=mixed.now))
    assert found(mixed, text) == [one.delivery_id for one in facts(mixed) if passes(one)]


WORDS = st.sampled_from([text for text in EXAMPLES if text])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(1, 7))
def test_any_filter_any_page_size(mixed, words, limit):
    wanted = parse_filter(" ".join(words), now_ms=mixed.now)
    passes = predicate(wanted)
    expected = [one.delivery_id for one in facts(mixed) if passes(one)]
    read, after = [], None
    while True:
        search = search_deliveries(mixed.db, wanted, mixed.rows_named)
        page = find_page(mixed.db, search, after, limit)
        read += [record.uid for record in deliveries.by_rows(mixed.db, page.rows)]
        assert len(page.rows) <= limit
        if (after := page.next) is None:
            break
    assert read == expected
    assert total(mixed.db, search) == len(expected)


def test_times_mean_from_up_to_but_not_including(rows):
    made = [rows.delivery() for _ in range(4)]
    from_second = NOON + 2000
    search = search_deliveries(
        rows.db,
        parse_filter(f"since:{_iso(from_second)} until:{_iso(from_second + 2000)}", now_ms=0),
        rows.rows_named,
    )
    assert find_page(rows.db, search, None, 10).rows == [made[2], made[1]]


def _iso(ms):
    from daemon.domain.events.timestamps import from_ms

    return from_ms(ms)


def test_deleted_webhooks_are_found_by_name(rows):
    gone = rows.webhook("gone", deleted_at=1)
    rows.delivery(gone)
    assert len(found(rows, "webhook:gone")) == 1


def test_free_text_looks_everywhere(rows):
    other = rows.webhook("Ünique slack")
    in_payload = rows.delivery(data={"path": "src/Kernel.c", "quote": 'say "hi"', "é": "ü"})
    in_error = rows.delivery(status="failed", error_message="connection RESET by peer")
    in_body = rows.delivery()
    rows.attempt(in_body, response_body=b'{"code":"quota_exceeded"}\xff')
    in_reason = rows.delivery(status="discarded", reason="paused: by hand")
    in_name = rows.delivery(other)
    by_row = dict(execute(rows.db, "SELECT id, uid FROM deliveries").fetchall())
    for text, row in (
        ("kernel.c", in_payload),
        ('"say \\"hi\\""', in_payload),
        ("ü", in_payload),
        ("reset", in_error),
        ("quota_exceeded", in_body),
        ('"by hand"', in_reason),
        ("slack", in_name),
        (by_row[in_error], in_error),
    ):
        assert found(rows, text) == [by_row[row]], text
    assert found(rows, "nothing-like-it") == []
    assert found(rows, "100%") == []
    assert by_row[in_error] not in found(rows, "-reset")
    assert len(found(rows, "-reset")) == 4


def test_like_wildcards_are_plain_characters(rows):
    rows.delivery(data={"a": "axb"})
    rows.delivery(data={"a": "a_b"})
    rows.delivery(data={"a": "50%"})
    assert len(found(rows, "a_b")) == 1
    assert len(found(rows, "50%")) == 1
    assert found(rows, "5%0") == []


def events_found(rows, text):
    wanted = parse_filter(text, now_ms=rows.now)
    page = find_page(rows.db, search_events(wanted, rows.rows_named), None, 50)
    return [record.event_id for record in events.by_rows(rows.db, page.rows)]


def test_events_by_their_own_and_by_their_deliveries(rows):
    other = rows.webhook("other")
    lonely = rows.event(event_id="lonely", event_type="user.login", data={"path": "/admin"})
    mixed = rows.event(event_id="mixed", project="web")
    rows.delivery(1, mixed, status="failed")
    rows.delivery(other, mixed, status="succeeded")
    fine = rows.event(event_id="fine", project="api")
    rows.delivery(1, fine, status="succeeded")
    assert lonely
    assert events_found(rows, "") == ["fine", "mixed", "lonely"]
    assert events_found(rows, "type:user.*") == ["lonely"]
    assert events_found(rows, "project:web") == ["mixed"]
    assert events_found(rows, "event:fine") == ["fine"]
    assert events_found(rows, "status:failed") == ["mixed"]
    assert events_found(rows, "-status:failed") == ["fine", "lonely"]
    assert events_found(rows, "webhook:other") == ["mixed"]
    assert events_found(rows, "webhook:other status:failed") == []
    assert events_found(rows, "admin") == ["lonely"]
    assert events_found(rows, "-admin type:scan.*") == ["fine", "mixed"]


def test_text_of_given_ids(rows):
    first = rows.delivery(data={"a": "needle"}, event_id="e1")
    rows.delivery(data={"a": "hay"}, event_id="e2")
    uids = dict(execute(rows.db, "SELECT id, uid FROM deliveries").fetchall())
    wanted = parse_filter("needle", now_ms=0)
    held = holding_text(rows.db, wanted, list(uids.values()), ["e1", "e2"])
    assert held == {uids[first], "e1"}


VALUES = {
    FilterKey.STATUS: "failed",
    FilterKey.HTTP: "5xx",
    FilterKey.WEBHOOK: "jira",
    FilterKey.TYPE: "scan.*",
    FilterKey.PROJECT: "web",
    FilterKey.KIND: "test",
    FilterKey.EVENT: None,  # of the first delivery
    FilterKey.SINCE: "1ms",
    FilterKey.UNTIL: "1ms",
    FilterKey.TEXT: "scanner",
}


@pytest.mark.parametrize("key", list(FilterKey))
def test_every_key_narrows_the_lists_of_the_store(mixed, key):
    every = found(mixed, "")
    value = VALUES[key] or next(facts(mixed)).event_id
    wanted = term(key, value, now_ms=mixed.now)
    some = found(mixed, format_filter(wanted))
    assert some != every
    events_found = find_page(mixed.db, search_events(wanted, mixed.rows_named), None, 500).rows
    all_events = find_page(mixed.db, search_events(Filter(), mixed.rows_named), None, 500).rows
    assert events_found != all_events
