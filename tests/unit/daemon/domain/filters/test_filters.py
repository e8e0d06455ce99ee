"""The filter language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.events.timestamps import from_ms, to_ms
from daemon.domain.filters.completion import complete
from daemon.domain.filters.keys import FilterKey, http_range
from daemon.domain.filters.parser import (
    Filter,
    Group,
    conjunction,
    format_filter,
    parse_filter,
    term,
)
from daemon.domain.filters.predicate import DeliveryFacts, predicate
from daemon.domain.filters.times import InvalidTime, read_time
from daemon.domain.filters.tokens import FilterError

NOW = to_ms("2025-01-15T14:30:00.000Z")
HOUR = 3_600_000
TYPED = [key for key in FilterKey if key is not FilterKey.TEXT]


def parse(text: str) -> Filter:
    return parse_filter(text, now_ms=NOW)


def error(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", ()),
        ("   ", ()),
        ("status:failed", (Group(FilterKey.STATUS, ("failed",)),)),
        ("Status:FAILED", (Group(FilterKey.STATUS, ("failed",)),)),
        ("http:404 http:5XX", (Group(FilterKey.HTTP, ("404", "5xx")),)),
        ("http:none", (Group(FilterKey.HTTP, ("none",)),)),
        ("webhook:Jira", (Group(FilterKey.WEBHOOK, ("Jira",)),)),
        ('webhook:"Slack #security"', (Group(FilterKey.WEBHOOK, ("Slack #security",)),)),
        (r'webhook:"a \"b\" \\c"', (Group(FilterKey.WEBHOOK, ('a "b" \\c',)),)),
        ("type:scan.*", (Group(FilterKey.TYPE, ("scan.*",)),)),
        ("project:42", (Group(FilterKey.PROJECT, ("42",)),)),
        ("kind:test", (Group(FilterKey.KIND, ("test",)),)),
        ("event:a-1", (Group(FilterKey.EVENT, ("a-1",)),)),
        ("-status:failed", (Group(FilterKey.STATUS, ("failed",), negated=True),)),
        ("word", (Group(FilterKey.TEXT, ("word",)),)),
        ("-word", (Group(FilterKey.TEXT, ("word",), negated=True),)),
        ('"two words"', (Group(FilterKey.TEXT, ("two words",)),)),
        ('-"two words"', (Group(FilterKey.TEXT, ("two words",), negated=True),)),
        ('"status:failed"', (Group(FilterKey.TEXT, ("status:failed",)),)),
        ('"-word"', (Group(FilterKey.TEXT, ("-word",)),)),
        ("--word", (Group(FilterKey.TEXT, ("-word",), negated=True),)),
        ("10:30", (Group(FilterKey.TEXT, ("10:30",)),)),
        ("-", (Group(FilterKey.TEXT, ("-",)),)),
        ("a - b", tuple(Group(FilterKey.TEXT, (word,)) for word in "a-b")),
        ("webhook:a:b", (Group(FilterKey.WEBHOOK, ("a:b",)),)),
        (
            "status:failed word status:pending -status:succeeded status:failed",
            (
                Group(FilterKey.STATUS, ("failed", "pending")),
                Group(FilterKey.STATUS, ("succeeded",), negated=True),
                Group(FilterKey.TEXT, ("word",)),
            ),
        ),
    ],
)
def test_what_is_read(text, groups):
    assert parse(text) == Filter(groups)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("since:1h", NOW - HOUR, None),
        ("until:30m", None, NOW - HOUR // 2),
        ("since:1h since:2h", NOW - 2 * HOUR, None),
        ("until:1h until:2h", None, NOW - HOUR),
        ("-since:1h", None, NOW - HOUR),
        ("-since:1h -since:2h", None, NOW - 2 * HOUR),
        ("-until:1h", NOW - HOUR, None),
        ("since:2h -until:1h", NOW - HOUR, None),
        ('since:"2025-01-15 14:00"', NOW - HOUR // 2, None),
    ],
)
def test_times_become_one_span(text, since, until):
    assert parse(text) == Filter((), since, until)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("90s", "2025-01-15T14:28:30.000Z"),
        ("500ms", "2025-01-15T14:29:59.500Z"),
        ("15m", "2025-01-15T14:15:00.000Z"),
        ("1.5h", "2025-01-15T13:00:00.000Z"),
        ("7d", "2025-01-08T14:30:00.000Z"),
        ("2w", "2025-01-01T14:30:00.000Z"),
        ("now", "2025-01-15T14:30:00.000Z"),
        ("today", "2025-01-15T00:00:00.000Z"),
        ("Yesterday", "2025-01-14T00:00:00.000Z"),
        ("2025-01-15", "2025-01-15T00:00:00.000Z"),
        ("2025-01-15T14:00", "2025-01-15T14:00:00.000Z"),
        ("2025-01-15t14:00:30", "2025-01-15T14:00:30.000Z"),
        ("2025-01-15T14:00:30.25", "2025-01-15T14:00:30.250Z"),
        ("2025-01-15T14:00Z", "2025-01-15T14:00:00.000Z"),
        ("2025-01-15T14:00:00+02:00", "2025-01-15T12:00:00.000Z"),
        ("2025-01-15T14:00-0530", "2025-01-15T19:30:00.000Z"),
        ("2025-01-15T14:00+02", "2025-01-15T12:00:00.000Z"),
    ],
)
def test_times_as_they_are_typed(text, instant):
    assert from_ms(read_time(text, NOW)) == instant


@pytest.mark.parametrize(
    "text",
    ["", "soon", "1", "1y", "-1h", "2025-1-1", "2025-02-30", "2025-01-15T25:00", "2025-01-15Z",
     "2025-01-15T14", "999999999w", "0001-01-01T00:00+23:00", "2025-01-15T14:00+99:99"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_examples(text):
    with pytest.raises(InvalidTime, match="15m, 1h, 7d"):
        read_time(text, NOW)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("ok stauts:failed", 3, "did you mean status?"),
        ("https://example.com", 0, 'put "quotes"'),
        ("status:fail", 7, "did you mean failed?"),
        ("status:", 7, "needs a value (pending, succeeded, failed or discarded)"),
        ("http:40", 5, "write 404, 5xx or none"),
        ("http:600", 5, "write 404"),
        ("http:>=400", 5, "write 404"),
        ("kind:manual", 5, "event, replay, test"),
        ("since:soon", 6, "is not a time"),
        ('webhook:"Slack', 8, "not closed"),
        ('"', 0, "not closed"),
        ('""', 0, "quotes are empty"),
        ("a webhook:\ud800", 10, "not text"),
    ],
)
def test_what_is_no_filter_says_why_and_where(text, position, said):
    wrong = error(text)
    assert said in str(wrong)
    assert wrong.position == position


def test_an_unknown_key_names_the_known_ones():
    known = ", ".join(sorted(TYPED))
    assert f"known are {known};" in str(error("state:failed"))


def test_short_forms_are_joined_by_and():
    wanted = conjunction(
        parse("status:failed since:2h"),
        term(FilterKey.STATUS, "pending", now_ms=NOW),
        term(FilterKey.SINCE, "1h", now_ms=NOW),
        term(FilterKey.TEXT, "two words", now_ms=NOW),
        Filter(),
    )
    assert wanted == Filter(
        (
            Group(FilterKey.STATUS, ("failed",)),
            Group(FilterKey.STATUS, ("pending",)),
            Group(FilterKey.TEXT, ("two words",)),
        ),
        since=NOW - HOUR,
    )
    with pytest.raises(FilterError, match="cannot be written"):
        format_filter(wanted)
    none_of = conjunction(parse("-http:4xx"), parse("-http:5xx"))
    assert format_filter(none_of) == "-http:4xx -http:5xx"
    with pytest.raises(FilterError, match="did you mean failed"):
        term(FilterKey.STATUS, "fail", now_ms=NOW)


def test_a_filter_knows_whether_it_narrows_and_by_what():
    assert not parse("")
    assert parse("x")
    assert parse("since:1h")
    assert parse("since:1h x -http:5xx").keys() == {FilterKey.SINCE, FilterKey.TEXT, FilterKey.HTTP}


def test_http_ranges():
    assert http_range("404") == (404, 404)
    assert http_range("5xx") == (500, 599)
    assert http_range("none") is None


WORDS = st.sampled_from(
    ["status:failed", "-status:pending", "http:5xx", "http:none", "-http:404", "type:scan.*",
     'webhook:"a b"', "project:1", "kind:test", "event:e", "since:1h", "-until:2d", "x", "-y",
     '"a:b"', '"\\"q\\""', "ü", "-", "--z", "until:today", 'webhook:"-x"', "webhook:a\\b"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_a_written_filter_is_read_back(text):
    wanted = parse(text)
    assert parse(format_filter(wanted)) == wanted


@given(st.text() | st.lists(WORDS | st.text(max_size=4)).map("".join), st.integers(0, 30))
def test_no_text_does_anything_else_than_be_read_or_refused(text, cursor):
    suggestions = complete(text, min(cursor, len(text)))
    assert 0 <= suggestions.start <= suggestions.end <= len(text)
    try:
        wanted = parse(text)
    except FilterError as wrong:
        place = wrong.position
    else:
        place = 0
        assert parse(format_filter(wanted)) == wanted
    assert 0 <= place <= len(text)


FACTS = DeliveryFacts(
    delivery_id="d-1",
    event_id="e-1",
    event_type="scan.failed",
    webhook_id="w-1",
    webhook_name="Slack #security",
    project="p1",
    status="failed",
    http_status=503,
    kind="event",
    created_ms=NOW - HOUR,
    text="d-1\n503 Service Unavailable\nÄrger",
)


@pytest.mark.parametrize(
    "text",
    ["", "status:failed", "status:pending status:failed", "http:503", "http:5xx", "-kind:test",
     "-http:4xx", "-http:none", "webhook:w-1", 'webhook:"Slack #security"', "type:scan.*",
     "type:scan.failed", "project:p1", "-project:p2", "kind:event", "event:e-1", "since:1h",
     "until:30m", "since:2h until:1m", "service", "SERVICE unavail", '"503 Service"', "-teapot",
     "status:failed http:5xx type:scan.* service", "Ärger"],
)  # fmt: skip
def test_what_passes(text):
    assert predicate(parse(text))(FACTS)


@pytest.mark.parametrize(
    "text",
    ["status:pending", "-status:failed", "status:failed http:404", "http:none", "-http:5xx",
     "webhook:Slack", "webhook:slack", "type:scan.completed", "type:issue.*", "type:scan",
     "project:p", "kind:test", "event:e", "since:59m", "until:1h", "-since:2h", "teapot",
     "service teapot", "-service", "ärger"],
)  # fmt: skip
def test_what_does_not_pass(text):
    assert not predicate(parse(text))(FACTS)


def texts(text: str, cursor: int | None = None, words=None) -> list[str]:
    found = complete(text, len(text) if cursor is None else cursor, words)
    return [item.text for item in found.items]


def applied(text: str, words=None) -> str:
    found = complete(text, len(text), words)
    return text[: found.start] + found.items[0].text + text[found.end :]


def test_keys_are_completed():
    assert texts("") == [f"{key}:" for key in TYPED]
    assert texts("")[:3] == ["status:", "http:", "webhook:"]
    assert texts("st") == ["status:"]
    assert applied("x -st") == "x -status:"
    assert texts("status:failed ") == texts("")
    assert texts("sta:x", 2) == ["status:"]
    assert texts("nonsense:") == []


def test_values_are_completed():
    assert texts("status:") == ["pending", "succeeded", "failed", "discarded"]
    assert texts("x -status:F") == ["failed"]
    assert texts("http:4") == ["4xx", "404", "429"]
    words = {
        FilterKey.WEBHOOK: ["Slack #security", "Jira"],
        FilterKey.TYPE: ["scan.failed", "user.login"],
    }
    assert texts("webhook:", None, words) == ['"Slack #security"', "Jira"]
    assert applied("webhook:sla", words) == 'webhook:"Slack #security"'
    assert applied('webhook:"sla', words) == 'webhook:"Slack #security"'
    assert texts("type:s", None, words) == ["scan.failed", "scan.*"]
    assert texts("webhook:") == []
