from corgea_tui.text.facts import wrapped
from corgea_tui.text.output import Paint
from corgea_tui.text.table import Cell, TableColumn, cell_width, pad, shorten, table

PLAIN = Paint(enabled=False)
COLUMNS = [
    TableColumn("NAME", floor=6),
    TableColumn("EVENTS", floor=6, rank=1),
    TableColumn("URL", floor=6, rank=2),
    TableColumn("TOTAL", "right"),
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


def test_colour_does_not_change_the_layout():
    plain = table(COLUMNS, [ROW], 50, PLAIN)
    styled = table(COLUMNS, [[Cell(each.text, "bad") for each in ROW]], 50, Paint(enabled=True))
    import re

    assert [re.sub("\x1b\\[[0-9;]*m", "", line) for line in styled] == plain


def test_values_wrap_at_spaces_and_long_words_are_cut():
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrapped("short", None) == ["short"]
