"""Unsound events: refused, with everything that is wrong, each under its field."""

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daemon.domain.events.catalogue import EventLimits, InvalidEvent
from daemon.domain.events.event import SubmittedEvent, parse_event

KNOWN = frozenset({"scan.started", "scan.completed", "issue.status_changed", "webhook.test"})
LIMITS = EventLimits()


def refusal(raw: str | bytes, limits: EventLimits = LIMITS) -> InvalidEvent:
    raw = raw.encode() if isinstance(raw, str) else raw
    with pytest.raises(InvalidEvent) as caught:
        parse_event(raw, limits=limits, known_types=KNOWN)
    return caught.value


def fields(refused: InvalidEvent) -> list[str]:
    return [error.field for error in refused.errors]


def with_data(data: str) -> str:
    return f'{{"event_type":"scan.started","data":{data}}}'


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "{",
        "hello",
        "{'event_type':'scan.started'}",
        with_data("{}") + "x",
        with_data("{}") + with_data("{}"),
        with_data('{"a":01}'),
        with_data('{"a":1.}'),
        with_data('{"a":.5}'),
        with_data('{"a":+1}'),
        with_data('{"a":NaN}'),
        with_data('{"a":-Infinity}'),
        with_data('{"a":1,}'),
        with_data('{"a":tru}'),
        with_data('{"a":"\\q"}'),
        with_data('{"a":"\t"}'),
        with_data('{"a":"\x00"}'),
        with_data("{1:2}"),
        "\ufeff" + with_data("{}"),
        "[" * 100,
    ],
)
def test_what_is_not_json_is_400(raw):
    refused = refusal(raw)
    assert refused.status == 400
    assert fields(refused) == ["event"]
    assert refused.errors[0].message.startswith("is not JSON")


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"]
)
def test_what_is_not_utf8_is_400(bad):
    refused = refusal(with_data('{"a":"X"}').encode().replace(b"X", bad))
    assert refused.status == 400
    assert "not UTF-8: byte 42 is 0x" in refused.errors[0].message


def test_utf16_is_not_utf8():
    assert refusal(with_data("{}").encode("utf-16")).status == 400


def test_an_event_over_the_size_limit_is_413():
    raw = with_data('{"a":"%s"}' % ("x" * 200))
    refused = refusal(raw, EventLimits(max_bytes=len(raw) - 1))
    assert refused.status == 413
    assert f"at most {len(raw) - 1} are accepted" in refused.errors[0].message
    parse_event(raw.encode(), limits=EventLimits(max_bytes=len(raw)), known_types=KNOWN)


@pytest.mark.parametrize("levels", [64, 65, 500, 5_000, 100_000])
def test_deep_nesting_is_refused_at_any_depth(levels):
    refused = refusal(with_data('{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"))
    assert refused.status == 422
    assert fields(refused) == ["data"]
    assert "deeper than 64 levels" in refused.errors[0].message


@pytest.mark.parametrize("raw", ["[]", '"x"', "1", "null", "[" + with_data("{}") + "]"])
def test_json_that_is_no_object_is_422(raw):
    refused = refusal(raw)
    assert refused.status == 422
    assert fields(refused) == ["event"]
    assert "NDJSON" in refused.errors[0].message


def test_everything_wrong_is_said_at_once():
    refused = refusal('{"event_id":"a b","event_type":"scan.complete","timestamp":"now","date":{}}')
    assert refused.status == 422
    assert fields(refused) == ["date", "event_id", "event_type", "timestamp", "data"]


@pytest.mark.parametrize(
    "event_id", ['""', '"a b"', '"a\\n"', '"é"', '"a/b"', "null", "5", "[]", json.dumps("x" * 129)]
)
def test_a_bad_id_is_refused(event_id):
    refused = refusal(f'{{"event_id":{event_id},"event_type":"scan.started","data":{{}}}}')
    assert fields(refused) == ["event_id"]
    assert "leave it out" in refused.errors[0].message


@pytest.mark.parametrize(
    "timestamp", ['"yesterday"', "null", "1736951400", '"2025-02-30T00:00:00Z"']
)
def test_a_bad_timestamp_is_refused(timestamp):
    refused = refusal(f'{{"timestamp":{timestamp},"event_type":"scan.started","data":{{}}}}')
    assert fields(refused) == ["timestamp"]


def test_an_unknown_type_names_the_nearest_and_all():
    refused = refusal('{"event_type":"scan.complete","data":{}}')
    assert refused.errors[0].message == (
        "'scan.complete' is not a known event type (did you mean scan.completed?);"
        " known are issue.status_changed, scan.completed, scan.started"
    )


def test_the_reserved_type_is_refused_though_known():
    refused = refusal('{"event_type":"webhook.test","data":{}}')
    assert fields(refused) == ["event_type"]
    assert "Test" in refused.errors[0].message


@pytest.mark.parametrize("data", ["null", "[]", '"{}"', "1"])
def test_data_must_be_an_object(data):
    refused = refusal(with_data(data))
    assert fields(refused) == ["data"]


@pytest.mark.parametrize("event_type", ["null", "5", "{}"])
def test_the_type_must_be_a_string(event_type):
    assert fields(refusal(f'{{"event_type":{event_type},"data":{{}}}}')) == ["event_type"]


def test_missing_fields_are_named():
    assert fields(refusal("{}")) == ["event_type", "data"]


@pytest.mark.parametrize(
    "raw",
    [
        '{"event_type":"scan.started","data":{},"data":{"a":1}}',
        '{"event_type":"scan.started","data":{"a":1},"d\\u0061ta":{}}',
        '{"event_type":"scan.started","data":7,"data":{}}',
    ],
)
def test_a_repeated_field_is_refused(raw):
    refused = refusal(raw)
    assert fields(refused) == ["data"]
    assert "twice" in refused.errors[0].message


def test_a_key_repeated_inside_data_is_left_to_the_receiver():
    raw = with_data('{"a":1,"a":2}').encode()
    assert parse_event(raw, limits=LIMITS, known_types=KNOWN).data == b'{"a":1,"a":2}'


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ('{"file_path":"\\ud800"}', "data.file_path"),
        ('{"a":{"b":["x","\\udc00y"]}}', "data.a.b.1"),
        ('{"a":"\\ud800\\ud800"}', "data.a"),
        ('{"a":"\\udc00\\ud800"}', "data.a"),
        ('{"\\ud83d":1}', "data.‹U+D83D›"),
    ],
)
def test_half_a_surrogate_pair_is_refused_where_it_stands(data, field):
    refused = refusal(with_data(data))
    assert refused.status == 422
    assert fields(refused) == [field]


def test_whole_surrogate_pairs_and_escaped_backslashes_are_fine():
    raw = with_data('{"a":"\\ud83d\\ude00 \\\\ud800"}').encode()
    assert parse_event(raw, limits=LIMITS, known_types=KNOWN).data in raw


def test_a_refusal_repeats_no_endless_values():
    refused = refusal(json.dumps({"event_type": "x" * 9000, "k" * 9000: 1, "data": {}}))
    assert all(len(error.field) < 100 and len(error.message) < 300 for error in refused.errors)


def test_the_number_of_complaints_is_bounded():
    refused = refusal(json.dumps({f"k{number}": 1 for number in range(20_000)}))
    assert len(refused.errors) == 50


@given(st.binary(max_size=300))
@example(b"\x00")
@example(b'{"event_type":"scan.started","data":{"a":"\\ud800')
def test_no_bytes_do_anything_else_than_be_read_or_refused(raw):
    with suppress(InvalidEvent):
        assert isinstance(parse_event(raw, limits=LIMITS, known_types=KNOWN), SubmittedEvent)


PIECES = st.sampled_from(
    [
        '"event_id"', '"event_type"', '"timestamp"', '"data"', '"scan.started"', '"a-1"', ":", ",",
        "{", "}", "[", "]", '"', "\\", "\\ud800", "\\udc00", "1", "-", "e", ".", "null", " ",
        '{"event_type":"scan.started","data":{', '"2025-01-15T14:30:00.000Z"', "}}", "é", "\x00",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_event_like_text_is_accepted_exactly_when_it_is_json_by_the_book(text):
    def no_constant(name):
        raise ValueError(name)

    try:
        parse_event(text.encode(), limits=LIMITS, known_types=KNOWN)
    except InvalidEvent:
        return
    value = json.loads(text, parse_constant=no_constant)
    assert isinstance(value["data"], dict)
    json.dumps(value, ensure_ascii=False).encode()
