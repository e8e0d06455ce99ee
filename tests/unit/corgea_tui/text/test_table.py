import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from corgea_tui.text import table as engine
from corgea_tui.text.facts import wrapped
from corgea_tui.text.output import Paint
from corgea_tui.text.safe_text import safe
from corgea_tui.text.table import (
    Cell,
    RowColumn,
    TableColumn,
    cell_width,
    gap,
    pad,
    share_out,
    shorten,
    table,
)

PLAIN = Paint(enabled=False)
COLUMNS = [
    TableColumn("NAME", floor=6),
    TableColumn("EVENTS", floor=6, rank=1),
    TableColumn("URL", floor=6, rank=2),
    TableColumn("TOTAL", right=True),
]
ROW = [
    Cell("Jira tickets"),
    Cell("issue.status_changed"),
    Cell("jira.example.com/hook"),
    Cell("12"),
]


def test_with_room_nothing_is_cut():
    head, row = table(COLUMNS, [ROW], None, PLAIN)
    assert head == "NAME          EVENTS                URL                    TOTAL"
    assert row == "Jira tickets  issue.status_changed  jira.example.com/hook     12"


def test_a_table_never_is_wider_than_its_terminal():
    for width in range(11, 80):
        for line in table(COLUMNS, [ROW], width, PLAIN):
            assert cell_width(line) <= width


def test_the_least_important_column_goes_first():
    head = table(COLUMNS, [ROW], 26, PLAIN)[0]
    assert "URL" not in head
    assert head.split() == ["NAME", "EVENTS", "TOTAL"]


def test_wide_characters_take_two_columns():
    assert cell_width("漢字") == 4
    assert shorten("漢字漢字", 5) == "漢字…"
    assert pad("漢", 4) == "漢  "
    assert cell_width("e\u0301") == 1


def test_what_is_counted_as_one_cell_is_one_for_rich_too():
    single = [chr(code) for code in range(sys.maxunicode) if engine._SINGLE.fullmatch(chr(code))]
    assert len(single) > 700
    assert {cell_len(character) for character in single} == {1}


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
def test_a_text_is_as_wide_as_rich_draws_it(text):
    assert cell_width(text) == cell_len(text)


@given(st.text(max_size=40) | st.text("ab 漢é…", max_size=20), st.integers(0, 40), st.booleans())
def test_a_padded_text_takes_exactly_its_cells(text, width, right):
    shown = pad(safe(text).replace("\n", " ").replace("\t", " "), width, right=right)
    assert cell_len(shown) == width


@pytest.mark.parametrize("width", [11, 12, 13])
def test_a_cut_at_a_space_leaves_no_hole_before_the_mark_and_none_in_the_row(width):
    shown = pad("Zapier: new findings", width)
    assert " …" not in shown
    assert len(shown) == width


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4)), min_size=1, max_size=9),
    st.integers(10, 250),
)
def test_columns_of_a_list_never_take_more_than_there_is(shape, room):
    columns = [RowColumn("", width, share) for width, share in shape]
    widths = share_out(columns, room)
    gaps = gap(room) * (len(columns) - 1)
    assert sum(widths) + gaps <= max(room, gaps)
    if sum(width for width, _ in shape) + gaps <= room and any(share for _, share in shape):
        assert sum(widths) + gaps == room


def test_colour_does_not_change_the_layout():
    plain = table(COLUMNS, [ROW], 50, PLAIN)
    styled = table(COLUMNS, [[Cell(each.text, "bad") for each in ROW]], 50, Paint(enabled=True))
    import re

    assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in styled] == plain


def test_values_wrap_at_spaces_and_long_words_are_cut():
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrapped("short", None) == ["short"]
