from corgea_tui.text.table import Cell
from corgea_tui.views.details.lines import line_width
from corgea_tui.widgets.lines_view import wrapped_prose


def texts(lines):
    return ["".join(cell.text for cell in line) for line in lines]


def test_prose_is_broken_between_words_and_keeps_its_looks():
    line = (Cell("one two "), Cell("three", "bad"), Cell(" four"))
    lines = wrapped_prose(line, 10)
    assert texts(lines) == ["one two ", "three four"]
    assert lines[1][0] == Cell("three", "bad")


def test_a_word_that_is_longer_than_a_line_is_broken_somewhere():
    lines = wrapped_prose((Cell("a " + "x" * 25),), 10)
    assert texts(lines) == ["a ", "x" * 10, "x" * 10, "x" * 5]
    assert all(line_width(line) <= 10 for line in lines)


def test_wide_characters_and_leading_blanks_take_their_columns():
    lines = wrapped_prose((Cell("  漢字漢字漢字 漢字"),), 9)
    assert all(line_width(line) <= 9 for line in lines)
    assert "".join(texts(lines)).replace(" ", "") == "漢字漢字漢字漢字"


def test_an_empty_line_stays_a_line():
    assert wrapped_prose((), 10) == [()]
