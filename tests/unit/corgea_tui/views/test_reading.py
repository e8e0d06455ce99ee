"""What is made of data to be read: JSON, wrapping, columns, spark lines, curl, the clipboard."""

import base64
import shlex
import subprocess

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.screens.actions import copying
from corgea_tui.text.safe_text import safe
from corgea_tui.text.table import Cell
from corgea_tui.views.details.delivery_text import curl_command
from corgea_tui.views.details.lines import body_lines, json_lines, plain, text_lines
from corgea_tui.views.rows.feed_rows import moment
from corgea_tui.views.rows.webhook_rows import spark
from corgea_tui.widgets.lines_view import line_width, wrapped
from daemon.protocol import AttemptRequest, Point, SentHeader
from tests.app.fake_daemon import NOW, stamp

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


def test_json_is_indented_and_coloured_with_numbers_as_they_came():
    lines = json_lines(b'{"a":1.50,"b":[true,null],"c":"x: 1"}')
    assert plain(lines).splitlines()[1] == '  "a": 1.50,'
    styles = {cell.text: cell.style for line in lines for cell in line}
    assert styles['"a"'] == "name"
    assert styles["1.50"] == "number"
    assert styles["true"] == "word"
    assert styles['"x: 1"'] == "text"


@given(json_values)
def test_no_character_of_json_is_lost_by_colouring(value):
    raw = msgspec.json.encode(value)
    shown = safe(msgspec.json.format(raw, indent=2).decode())
    rows = ["".join(cell.text for cell in line) for line in json_lines(raw)]
    assert "\n".join(rows) == shown


def test_what_is_no_json_is_shown_as_it_is():
    assert plain(json_lines(b'{"broken')) == '{"broken'
    assert plain(body_lines("just words")) == "just words"
    assert plain(body_lines('[1,{"a":2}]')).splitlines()[1] == "  1,"


def test_long_text_is_cut_and_says_so():
    assert plain(text_lines("x" * 100, 40)).endswith("… 60 more characters")


@given(st.lists(st.text(max_size=30), max_size=5), st.integers(2, 40))
def test_wrapping_loses_nothing_and_fits(texts, width):
    line = tuple(Cell(safe(text).replace("\n", "").replace("\t", "")) for text in texts)
    pieces = wrapped(line, width)
    assert all(line_width(piece) <= width for piece in pieces)
    joined = "".join(cell.text for piece in pieces for cell in piece)
    assert joined == "".join(cell.text for cell in line)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-10, "14:04:50"), (-86_400 * 2, "Sa 14:05"), (-86_400 * 30, "Oct 24"), (3, "14:05:03")],
)
def test_a_time_fits_eight_columns(seconds, shown, in_utc):
    assert moment(stamp(seconds), NOW) == shown
    assert len(shown) <= 8


def point(succeeded, failed=0):
    return Point(stamp(), succeeded, failed, 0, succeeded + failed, None, None, None, {})


def test_a_spark_line_shows_the_shape_and_that_something_failed():
    assert spark([]) == Cell("")
    assert spark([point(0)] * 3) == Cell("···", "quiet")
    assert spark([point(1), point(4), point(8)]) == Cell("▂▅█", "good")
    assert spark([point(1), point(0, 1)]).style == "bad"
    assert len(spark([point(1)] * 60).text) == 12


def test_curl_survives_a_shell():
    request = AttemptRequest(
        "https://example.com/?a=b&c='d'",
        [SentHeader("X-Token", "it's $HOME"), SentHeader("Content-Length", "3")],
        '{"a":"it\'s `id`"}',
    )
    parts = shlex.split(curl_command(request))
    assert parts[:4] == ["curl", "-X", "POST", "https://example.com/?a=b&c='d'"]
    assert "X-Token: it's $HOME" in parts
    assert parts[-1] == '{"a":"it\'s `id`"}'
    assert not any("Content-Length" in part for part in parts)


def test_curl_holds_no_key_that_a_terminal_would_obey_when_it_is_pasted():
    body = '{"a":"\x7f\x9b201~ it\'s\\n\x1b[201~\nrm -rf /"}'
    command = curl_command(AttemptRequest("https://example.com/", [], body))
    assert command.isprintable()
    echoed = f"printf %s {command.rpartition('--data-raw ')[2]}"
    shell = subprocess.run(["bash", "-c", echoed], capture_output=True, check=True)
    assert shell.stdout.decode() == body


def test_copying_wraps_for_tmux_and_knows_its_limit():
    plain_code = copying.sequence("é", {})
    assert base64.b64decode(plain_code[7:-1]).decode() == "é"
    wrapped_code = copying.sequence("é", {"TMUX": "/tmp/tmux"})
    assert wrapped_code.startswith("\x1bPtmux;\x1b\x1b]52;c;")
    assert wrapped_code.endswith("\x07\x1b\\")
    assert copying.sequence("x" * (copying.MOST + 1), {}) is None
