import io
import json

import msgspec
import pytest

from corgea_tui.text.output import Output, json_line, use_colour


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"CLICOLOR_FORCE": "1"}, True, False),
    ],
)
def test_colour_follows_the_option_then_the_environment(choice, env, terminal, expected):
    assert use_colour(choice, env, terminal=terminal) is expected


def test_json_lines_hold_nothing_that_a_terminal_acts_on():
    raw = '{"a":"\x9b31m \u202e \x7f é"}'.encode()
    line = json_line(raw)
    assert "\x9b" not in line
    assert "\u202e" not in line
    assert "\x7f" not in line
    assert json.loads(line) == json.loads(raw)


def test_json_is_one_line_with_its_numbers_as_spelled():
    assert json_line(msgspec.Raw(b'{\n "a": 1.10\n}')) == '{"a":1.10}'


def test_a_list_is_one_json_array():
    out = io.StringIO()
    Output(out, io.StringIO()).json_array([msgspec.Raw(b'{"a":1}'), msgspec.Raw(b'{"a":2}')])
    assert json.loads(out.getvalue()) == [{"a": 1}, {"a": 2}]
    out = io.StringIO()
    Output(out, io.StringIO()).json_array([])
    assert json.loads(out.getvalue()) == []


def test_without_a_terminal_there_is_no_width():
    assert Output(io.StringIO(), io.StringIO()).width is None
