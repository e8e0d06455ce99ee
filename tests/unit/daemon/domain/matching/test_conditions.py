"""Conditions over the payload."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.json_path import ABSENT, follow
from daemon.domain.matching.conditions import (
    OPERATORS,
    CompiledCondition,
    InvalidCondition,
    decoded,
    format_condition,
    format_value,
    read_condition,
    read_value,
)
from daemon.domain.webhooks.config import Condition

PAYLOAD = {
    "event_id": "evt-1",
    "event_type": "scan.completed",
    "timestamp": "2025-01-15T14:30:00.000Z",
    "data": decoded(
        b'{"urgency":"HI","issues_found":8,"ratio":1.0,"ok":true,"zero":0,"nothing":null,"five":"5",'
        b'"branch":"release/2.0","tags":["a","b",1,true],"scan_errors":[{"level":"error"}],'
        b'"nested":{"x":1},"huge":1e999}'
    ),
}


def holds(path: str, op: str, value: object = None) -> bool:
    return CompiledCondition(Condition(path, op, value)).holds(PAYLOAD)


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("data.urgency", "=", "HI"),
        ("data.urgency", "!=", "CR"),
        ("data.urgency", "in", ["CR", "HI"]),
        ("data.urgency", "not_in", ["LO", "ME"]),
        ("data.issues_found", "=", 8.0),
        ("data.issues_found", ">", 0),
        ("data.issues_found", ">=", 8),
        ("data.issues_found", "<", 8.5),
        ("data.issues_found", "<=", 8),
        ("data.ratio", "=", 1),
        ("data.ratio", "in", [1]),
        ("data.huge", ">", 10**300),
        ("data.ok", "=", True),
        ("data.ok", "!=", 1),
        ("data.zero", "!=", False),
        ("data.nothing", "=", None),
        ("data.nothing", "!=", 0),
        ("data.nothing", "present", None),
        ("data.five", "=", "5"),
        ("data.five", "!=", 5),
        ("data.branch", "contains", "2.0"),
        ("data.branch", "starts_with", "release/"),
        ("data.branch", "ends_with", "2.0"),
        ("data.branch", ">", "main"),
        ("timestamp", "<", "2025-01-16"),
        ("data.tags", "contains", "b"),
        ("data.tags", "contains", 1),
        ("data.tags", "=", ["a", "b", 1, True]),
        ("data.tags", "!=", ["a", "b", True, True]),
        ("data.nested", "=", {"x": 1.0}),
        ("data.nested", "!=", {"x": True}),
        ("data.scan_errors.0.level", "=", "error"),
        ("event_type", "=", "scan.completed"),
        ("event_id", "present", None),
        ("data.absent", "missing", None),
        ("data.scan_errors.1", "missing", None),
        ("data.urgency.deeper", "missing", None),
        ("data.scan_errors.level", "missing", None),
    ],
)
def test_what_holds(path, op, value):
    assert holds(path, op, value)


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("data.urgency", "=", "hi"),
        ("data.issues_found", "=", "8"),
        ("data.issues_found", ">", "0"),
        ("data.five", ">", 1),
        ("data.ok", "=", 1),
        ("data.ok", ">", 0),
        ("data.zero", "=", False),
        ("data.zero", "in", [False]),
        ("data.nothing", "=", 0),
        ("data.nothing", "<", 1),
        ("data.nothing", "missing", None),
        ("data.branch", "contains", 2),
        ("data.issues_found", "contains", "8"),
        ("data.issues_found", "starts_with", "8"),
        ("data.nested", "contains", "x"),
        ("data.tags", "contains", False),
        ("data.absent", "present", None),
    ],
)
def test_what_does_not_hold(path, op, value):
    assert not holds(path, op, value)


@pytest.mark.parametrize("op", sorted(set(OPERATORS) - {"missing"}))
def test_a_path_that_is_not_there_fails_every_operator_but_missing(op):
    value = ["x"] if op in {"in", "not_in"} else "x"
    assert not holds("data.absent", op, value)
    assert not holds("data.scan_errors.7.level", op, value)


def test_the_value_met_can_be_found():
    condition = CompiledCondition(Condition("data.urgency", "=", "CR"))
    assert condition.found(PAYLOAD) == "HI"
    assert CompiledCondition(Condition("data.absent", "=", "CR")).found(PAYLOAD) is ABSENT


def test_numbers_beyond_bounds_are_decoded():
    data = decoded(b'{"a":' + b"9" * 5000 + b',"b":-1e999,"c":1}')
    assert data == {"a": float("inf"), "b": float("-inf"), "c": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab0"), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(JSON, st.sampled_from(sorted(OPERATORS)), JSON, st.lists(st.sampled_from(["a", "0", "b"])))
def test_no_operator_stumbles_over_any_value(payload, op, value, steps):
    if op in {"in", "not_in"}:
        value = [value]
    if op in {"starts_with", "ends_with"}:
        value = str(value)
    condition = CompiledCondition(Condition(".".join(["data", *steps]), op, value))
    assert condition.holds({"data": payload}) in {True, False}
    present = follow(steps, payload) is not ABSENT
    assert present or condition.holds({"data": payload}) == (op == "missing")


@given(JSON)
def test_a_value_equals_itself_and_nothing_is_both(value):
    payload = {"data": {"x": value}}
    equal = CompiledCondition(Condition("data.x", "=", value)).holds(payload)
    unequal = CompiledCondition(Condition("data.x", "!=", value)).holds(payload)
    assert equal
    assert not unequal


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("data.urgency in CR, HI", Condition("data.urgency", "in", ["CR", "HI"])),
        ("data.branch = main", Condition("data.branch", "=", "main")),
        ("data.branch=main", Condition("data.branch", "=", "main")),
        ("data.issues_found > 0", Condition("data.issues_found", ">", 0)),
        ("data.issues_found>=1.5", Condition("data.issues_found", ">=", 1.5)),
        ("data.n != null", Condition("data.n", "!=", None)),
        ('data.five = "5"', Condition("data.five", "=", "5")),
        ("data.a not_in 1, true,x y", Condition("data.a", "not_in", [1, True, "x y"])),
        ('data.a in "x, y", z', Condition("data.a", "in", ["x, y", "z"])),
        ("data.a starts_with release/", Condition("data.a", "starts_with", "release/")),
        ("data.in in in", Condition("data.in", "in", ["in"])),
        ("data.assigned_to present", Condition("data.assigned_to", "present")),
        (" data.x   missing ", Condition("data.x", "missing")),
        ("data.x = 1e999", Condition("data.x", "=", "1e999")),
        ("data.x = NaN", Condition("data.x", "=", "NaN")),
    ],
)
def test_conditions_are_read_as_people_write_them(text, condition):
    assert read_condition(text) == condition


@pytest.mark.parametrize("text", ["", "data.x", "data.x is 5", "= 5", "data.x presently"])
def test_what_is_no_condition_is_refused_with_an_example(text):
    with pytest.raises(InvalidCondition, match=r"data\.urgency in CR, HI"):
        read_condition(text)


PATHS = st.from_regex(r"data(\.[a-z_0-9]{1,8}){1,3}", fullmatch=True)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
FINITE = SCALARS.filter(lambda value: value not in {float("inf"), float("-inf")})


@given(PATHS, st.sampled_from(sorted(OPERATORS)), st.lists(FINITE, min_size=1, max_size=4))
def test_a_written_condition_is_read_back(path, op, values):
    value = values if op in {"in", "not_in"} else values[0]
    value = None if op in {"present", "missing"} else value
    condition = Condition(path, op, value)
    assert read_condition(format_condition(condition)) == condition


@given(st.sampled_from(sorted(OPERATORS)), st.text())
def test_any_text_is_some_value(op, text):
    value = read_value(op, text)
    assert read_value(op, format_value(op, value)) == value
