"""The type of safe text. What is cleaned is tested beside `daemon.util.visible`."""

from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.text.safe_text import SafeText, safe, safe_line
from daemon.util.visible import visible, visible_line


@given(st.text(max_size=200))
def test_safe_text_stays_as_it_is(text):
    once = safe(text)
    assert safe(once) is once
    assert safe(str(once)) == once
    assert isinstance(once, SafeText)


@given(st.text(max_size=100))
def test_safe_text_is_what_the_cleaner_makes_of_it(text):
    assert (safe(text), safe_line(text)) == (visible(text), visible_line(text))
    assert isinstance(safe_line(text), SafeText)
