import pytest

from corgea_tui.client.api_call import encode
from corgea_tui.client.errors import Usage
from corgea_tui.scenarios import draft

EVENT = {
    "event_type": "scan.completed",
    "data": {"project": {"id": "1"}, "scan_errors": [{"a": 1}]},
}


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("data.issues_found=3", b'"issues_found":3'),
        ("data.ratio=1.10", b'"ratio":1.10'),
        ("data.note=hello", b'"note":"hello"'),
        ("data.note=", b'"note":""'),
        ("data.note=a=b", b'"note":"a=b"'),
        ('data.note="3"', b'"note":"3"'),
        ("data.note=NaN", b'"note":"NaN"'),
        ("data.gone=null", b'"gone":null'),
        ("data.on=true", b'"on":true'),
        ('data.tags=["a",{"b":2}]', b'"tags":["a",{"b":2}]'),
        ("data.project.id=7", b'"project":{"id":7}'),
        ("data.deep.er.still=1", b'"deep":{"er":{"still":1}}'),
        ("data.scan_errors.0.a=2", b'"scan_errors":[{"a":2}]'),
        ("data.scan_errors.1.a=2", b'"scan_errors":[{"a":1},{"a":2}]'),
        ("timestamp=2025-01-15T14:30:00Z", b'"timestamp":"2025-01-15T14:30:00Z"'),
        ("event_id=build-42", b'"event_id":"build-42"'),
    ],
)
def test_a_setting_is_typed_and_put_in_its_place(setting, expected):
    assert expected in encode(draft.with_setting(EVENT, setting))


def test_a_setting_leaves_the_original_alone():
    before = encode(EVENT)
    draft.with_setting(EVENT, "data.project.id=other")
    assert encode(EVENT) == before


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("data.x", "write PATH=VALUE"),
        ("issues_found=3", "did you mean data.issues_found?"),
        ("data=3", "--data"),
        ("data..x=3", "a path starts with data."),
        ("event_id.x=3", "event_id has no parts"),
        ("data.scan_errors.5.a=1", "5 is not an index of a list of 1"),
        ("data.scan_errors.first=1", "first is not an index of a list"),
    ],
)
def test_a_setting_that_makes_no_sense_is_explained(setting, said):
    with pytest.raises(Usage) as refused:
        draft.with_setting(EVENT, setting)
    assert said in refused.value.message


def test_data_may_be_the_data_or_a_whole_event():
    assert draft.with_data(EVENT, {"x": 1}, "--data")["data"] == {"x": 1}
    whole = {"event_id": "e1", "event_type": "scan.completed", "data": {"y": 2}}
    assert draft.with_data(EVENT, whole, "--data") == whole


def test_a_whole_event_of_another_type_is_refused():
    with pytest.raises(Usage, match=r"holds a user\.login event"):
        draft.with_data(EVENT, {"event_type": "user.login", "data": {}}, "@x.json")


def test_data_that_is_no_object_is_refused():
    with pytest.raises(Usage, match="must be a JSON object, this is a list"):
        draft.with_data(EVENT, [], "--data")


def test_the_project_is_an_id_and_perhaps_a_name():
    assert draft.with_project(EVENT, "42:Bill:ing")["data"]["project"] == {
        "id": "42",
        "name": "Bill:ing",
    }
    assert draft.with_project(EVENT, "42")["data"]["project"] == {"id": "42", "name": "42"}
    with pytest.raises(Usage):
        draft.with_project(EVENT, ":x")


def test_numbers_keep_their_spelling():
    text = b'{"a":1.50,"b":123456789012345678901234567890}'
    assert encode(draft.read_json(text, "x")) == text


def test_text_that_is_not_utf8_is_a_usage_error():
    with pytest.raises(Usage, match="UTF-8"):
        encode(draft.with_setting(EVENT, "data.x=\udcff"))
