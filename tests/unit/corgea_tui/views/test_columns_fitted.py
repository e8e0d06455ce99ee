import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from corgea_tui.views.rows.columns import fitted


@given(st.text("ab 漢é…", max_size=20), st.integers(0, 20), st.booleans())
def test_a_text_takes_exactly_its_cells(text, width, right):
    assert cell_len(fitted(text, width, right=right)) == width


@pytest.mark.parametrize("width", [11, 12, 13])
def test_a_cut_at_a_space_leaves_no_hole_before_the_mark_and_none_in_the_row(width):
    shown = fitted("Zapier: new findings", width)
    assert " …" not in shown
    assert len(shown) == width
