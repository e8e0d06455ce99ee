import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.util.visible import visible, visible_line

DANGEROUS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b]8;;https://evil\x07link\x1b\\", "␛]8;;https://evil␇link␛\\"),
        ("\x9b31mred", "‹U+009B›31mred"),
        ("safe\u202etxt.exe", "safe‹U+202E›txt.exe"),
        ("\x7f\x00\r", "␡␀␍"),
        ("zero\u200bwidth", "zero‹U+200B›width"),
        ("lone \ud83d surrogate", "lone ‹U+D83D› surrogate"),
        ("日本語 ünïcödé ✔", "日本語 ünïcödé ✔"),
        ("[bold]markup[/bold] [/x]", "[bold]markup[/bold] [/x]"),
    ],
)
def test_what_a_terminal_would_act_on_is_shown_as_a_picture(text, shown):
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_no_control_character_survives(text):
    assert not {
        character
        for character in visible(text)
        if unicodedata.category(character) in DANGEROUS and character not in "\n\t"
    }
    assert not {c for c in visible_line(text) if unicodedata.category(c) in DANGEROUS}


def test_every_control_and_format_character_is_known():
    everything = (chr(code) for code in range(sys.maxunicode + 1))
    dangerous = [c for c in everything if unicodedata.category(c) in DANGEROUS and c not in "\n\t"]
    assert [hex(ord(c)) for c in dangerous if visible(c) == c] == []


@given(st.text(max_size=100))
def test_what_is_safe_can_be_written_as_utf_8(text):
    assert visible(text).encode().decode() == visible(text)


def test_a_long_text_says_how_much_is_missing():
    assert visible("x" * 1500, limit=1000).endswith("x\n… 500 more characters")
    assert visible("x" * 1000, limit=1000) == "x" * 1000


def test_a_line_never_breaks():
    assert visible_line("one\ntwo\tthree\r\n") == "one␊two␉three␍␊"
    assert visible_line(visible("one\ntwo")) == "one␊two"
    assert visible_line("é" * 600, limit=10) == "é" * 10 + "…"


def test_piled_accents_are_cut_to_four():
    assert len(visible("z" + "\u0301" * 500)) == 5
