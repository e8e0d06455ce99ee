"""Sound events: what is read of them and that their bytes stay what they were."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import daemon.domain
from daemon.domain.events.event import (
    EventLimits,
    SubmittedEvent,
    is_deeper,
    matching_facts,
    parse_event,
    payload_bytes,
    payload_data,
    read_payload,
    same_content,
)

KNOWN = frozenset({"scan.started", "scan.completed", "issue.status_changed", "issue.assigned"})
LIMITS = EventLimits()
PAYLOADS = Path(daemon.domain.__file__).with_name("events").joinpath("payloads")


def parse(raw: str | bytes, limits: EventLimits = LIMITS) -> SubmittedEvent:
    raw = raw.encode() if isinstance(raw, str) else raw
    return parse_event(raw, limits=limits, known_types=KNOWN)


def event_with(data: str) -> SubmittedEvent:
    return parse(f'{{"event_type":"scan.started","data":{data}}}')


def test_a_documented_event_is_read_whole():
    raw = (PAYLOADS / "issue-status-changed.json").read_bytes()
    event = parse(raw)
    assert event.event_id == "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    assert event.event_type == "issue.status_changed"
    assert event.timestamp == event.given_timestamp == "2025-01-15T14:30:00.000Z"
    assert event.data in raw
    assert json.loads(event.data)["line_num"] == 45
    assert (event.project_id, event.project_name) == ("proj-uuid-9012", "Production API")
    assert event.status == "fixed"


@pytest.mark.parametrize("name", sorted(path.name for path in PAYLOADS.iterdir()))
def test_every_documented_event_is_accepted(name):
    known = KNOWN | {"user.login", "user.login_failed"}
    event = parse_event((PAYLOADS / name).read_bytes(), limits=LIMITS, known_types=known)
    assert event.event_id is not None


def test_id_and_timestamp_may_be_left_out():
    event = event_with("{}")
    assert event.event_id is None
    assert event.timestamp is None
    assert event.given_timestamp is None
    assert event.data == b"{}"


def test_a_timestamp_is_kept_as_given_beside_its_normal_form():
    event = parse(
        '{"event_type":"scan.started","data":{},"timestamp":"2025-01-15T16:30:00.5+02:00"}'
    )
    assert event.given_timestamp == "2025-01-15T16:30:00.5+02:00"
    assert event.timestamp == "2025-01-15T14:30:00.500Z"


def test_data_keeps_its_bytes():
    data = '{ "z":1.10,"a" : null, "big":123456789012345678901234567890, "e":1E400,"u":"\\u00e9é"}'
    assert event_with(data).data == data.encode()


@pytest.mark.parametrize(
    ("project", "facts"),
    [
        ('{"id":"p1","name":"Web"}', ("p1", "Web")),
        ('{"id":7,"name":"Web"}', ("7", "Web")),
        ('{"id":-7}', ("-7", None)),
        ('{"id":123456789012345678901234567890}', ("123456789012345678901234567890", None)),
        ('{"id":%s}' % ("9" * 500), ("9" * 500, None)),
        ('{"id":%s,"name":"Web"}' % ("9" * 5000), (None, "Web")),  # no filter takes it
        ('{"id":1.0,"name":"Web"}', (None, "Web")),
        ('{"id":true}', (None, None)),
        ('{"id":null,"name":5}', (None, None)),
        ('{"id":["p1"]}', (None, None)),
        ('{"id":"p1","name":{"first":"Web"}}', ("p1", None)),
        ('{"name":"Web"}', (None, "Web")),
        ("null", (None, None)),
        ('"p1"', (None, None)),
        ("[1]", (None, None)),
        ('{"id":"old","id":"new"}', ("new", None)),
        ('{"\\u0069d":"p\\u00e9"}', ("pé", None)),
    ],
)
def test_the_project_is_a_string_or_an_integer_as_text(project, facts):
    event = event_with(f'{{"project":{project}}}')
    assert (event.project_id, event.project_name) == facts


@pytest.mark.parametrize(
    ("status", "read"), [('"open"', "open"), ("null", None), ("5", None), ("{}", None)]
)
def test_the_status_is_a_string(status, read):
    assert event_with(f'{{"status":{status},"project":{{"id":"p"}}}}').status == read


def test_an_oddly_typed_field_hides_no_other():
    event = event_with('{"project":{"id":"p1","name":"Web"},"status":[]}')
    assert (event.project_id, event.project_name, event.status) == ("p1", "Web", None)


def test_brackets_and_quotes_inside_strings_are_text():
    data = '{"a":"%s","b":"\\"}]","c\\\\":"\\\\"}' % ("[{" * 100)
    assert event_with(data).data == data.encode()


def test_many_brackets_side_by_side_are_not_deep():
    errors = ",".join(['{"level":"error","at":[1,[2]]}'] * 500)
    assert event_with(f'{{"scan_errors":[{errors}]}}').data.count(b"level") == 500


def test_sixty_four_levels_are_accepted():
    data = '{"a":' * 63 + "1" + "}" * 63
    assert event_with(data).data == data.encode()


TANGLED = st.text('[]{}"\\\\a', max_size=5)
"""Text of what the depth is counted by."""


@given(
    st.recursive(
        st.none() | TANGLED,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TANGLED, inner, max_size=3),
        max_leaves=12,
    )
)
def test_depth_is_what_a_walk_finds(value):
    def depth(item):
        if isinstance(item, list):
            return 1 + max(map(depth, item), default=0)
        if isinstance(item, dict):
            return 1 + max(map(depth, item.values()), default=0)
        return 0

    raw = json.dumps(value).encode()
    deep = depth(value)
    assert not is_deeper(raw, deep)
    assert deep == 0 or is_deeper(raw, deep - 1)


def test_the_payload_has_four_fields_in_order_and_the_data_as_sent():
    data = b'{ "b":1.0,  "a":null }'
    payload = payload_bytes("id-1", "scan.started", "2025-01-15T14:30:00.000Z", data)
    assert payload == (
        b'{"event_id":"id-1","event_type":"scan.started",'
        b'"timestamp":"2025-01-15T14:30:00.000Z","data":{ "b":1.0,  "a":null }}'
    )
    assert payload_data(payload) == data


def test_an_accepted_event_comes_back_from_its_payload():
    event = event_with('{"project":{"id":1,"name":"Web"},"status":"open","data":"\\",\\"data\\":"}')
    accepted = event.accepted("id-1", "2025-01-15T14:30:00.000Z")
    assert read_payload(accepted.payload()) == accepted
    assert payload_data(accepted.payload()) == event.data


def content(data="{}", event_type="scan.started", timestamp=None):
    return SubmittedEvent("id", event_type, timestamp, timestamp, data.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1,"b":[1,2]}', '{ "b" : [1, 2], "a" : 1 }'),
        ('{"a":"é"}', '{"a":"\\u00e9"}'),
        ('{"a":1.0}', '{"a":1.0 }'),
        ('{"a":%s}' % ("9" * 5000), '{ "a":%s}' % ("9" * 5000)),
        ('{"a":1e999}', '{"a": 1e999}'),
    ],
)
def test_equal_json_is_the_same_content(one, other):
    assert same_content(content(one), content(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":1.0}'),
        ('{"a":100}', '{"a":1e2}'),
        ('{"a":1}', '{"a":true}'),
        ('{"a":0}', '{"a":false}'),
        ('{"a":1}', '{"a":"1"}'),
        ('{"a":["1"]}', '{"a":1}'),
        ('{"a":null}', "{}"),
        ('{"a":[1,2]}', '{"a":[2,1]}'),
        ('{"a":0}', '{"a":-0}'),
    ],
)
def test_other_json_is_other_content(one, other):
    assert not same_content(content(one), content(other))


def test_the_given_timestamp_counts_as_an_instant():
    assert same_content(
        content(timestamp="2025-01-15T14:30:00Z"),
        content(timestamp="2025-01-15T16:30:00.000+02:00"),
    )
    assert not same_content(
        content(timestamp="2025-01-15T14:30:00Z"), content(timestamp="2025-01-15T14:30:01Z")
    )
    assert not same_content(content(timestamp="2025-01-15T14:30:00Z"), content())
    assert not same_content(content(), content(timestamp="2025-01-15T14:30:00Z"))


def test_another_type_is_other_content():
    assert not same_content(content(), content(event_type="scan.completed"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_spacing_order_and_escapes_never_make_content_differ(data):
    reordered = dict(reversed(data.items()))
    assert same_content(
        content(json.dumps(data, ensure_ascii=True)),
        content(json.dumps(reordered, ensure_ascii=False, indent=2)),
    )


@given(
    st.dictionaries(
        st.sampled_from(["project", "status", "x"]),
        JSON | st.fixed_dictionaries({}, optional={"id": JSON, "name": JSON}),
    )
)
def test_routing_reads_the_same_facts_of_any_data(data):
    project = data.get("project")
    project = project if isinstance(project, dict) else {}
    project_id = project.get("id")
    if type(project_id) is int:
        project_id = str(project_id)
    texts = (project_id, project.get("name"), data.get("status"))
    expected = tuple(text if isinstance(text, str) else None for text in texts)
    assert matching_facts(msgspec.json.encode(data)) == expected
