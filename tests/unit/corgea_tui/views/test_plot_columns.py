from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.text.table import cell_width
from corgea_tui.views.plots.chart import Ink, cut, line_of, width_of
from corgea_tui.views.plots.deliveries import Counts, DeliveriesPlot
from corgea_tui.views.plots.deliveries import column as stack
from corgea_tui.views.plots.durations import DurationsPlot, Percentiles
from corgea_tui.views.plots.durations import column as band
from corgea_tui.views.plots.scales import CountScale, count_scale, duration_scale
from corgea_tui.views.plots.spread import Share, SpreadPlot, bar, share_words, short
from corgea_tui.widgets.painted import COLOURS

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
COUNT = st.one_of(st.integers(0, 5), st.integers(0, 10**7))
COUNTS = st.builds(Counts, COUNT, COUNT, COUNT)
MS = st.integers(0, 600_000)
PERCENTILES = st.builds(lambda *ms: Percentiles(*sorted(ms)), MS, MS, MS)
FAILED, SUCCEEDED, DISCARDED = "✖×", "▁▂▃▄▅▆▇█", "░"


def starts(many):
    return tuple(NOON - timedelta(minutes=many - 1 - number) for number in range(many))


def glyphs(column):
    return "".join(ink.glyph for ink in column)


def text(lines):
    return ["".join(cell.text for cell in line) for line in lines]


def test_failures_stand_at_the_base_below_successes_and_what_was_discarded():
    scale = CountScale(rows=8, step=10, apart=2)
    assert glyphs(stack(Counts(20, 10, 10), scale, 8)) == "✖✖████░░"
    assert glyphs(stack(Counts(22, 0, 0), scale, 8)) == "████▃"
    assert glyphs(stack(Counts(0, 0, 0), scale, 8)) == ""


def test_one_failure_in_a_thousand_is_seen():
    scale = count_scale(1001, 8)
    assert glyphs(stack(Counts(1000, 1, 0), scale, 8))[0] == "×"


@given(COUNTS, st.integers(3, 20), st.integers(0, 10**7))
def test_what_there_is_is_seen_and_nothing_else(counts, rows, more):
    scale = count_scale(sum(counts) + more, rows)
    shown = glyphs(stack(counts, scale, rows))
    assert len(shown) <= rows
    for count, own in zip(counts, (SUCCEEDED, FAILED, DISCARDED), strict=True):
        assert any(glyph in own for glyph in shown) == bool(count)


@given(COUNTS, st.integers(3, 20))
def test_a_column_is_as_high_as_its_sum(counts, rows):
    scale = count_scale(sum(counts), rows)
    kinds = sum(map(bool, counts))
    assert abs(len(stack(counts, scale, rows)) - scale.rows_of(sum(counts))) <= max(kinds, 1)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 20))
def test_more_successes_are_never_lower(one, other, rows):
    low, high = sorted((one, other))
    scale = count_scale(high, rows)

    def height(count):
        shown = glyphs(stack(Counts(count, 0, 0), scale, rows))
        return len(shown), SUCCEEDED.index(shown[-1])

    assert height(low) <= height(high)


def test_a_median_is_a_line_with_bands_above_it():
    scale = duration_scale(50, 1000, 8)
    shown = glyphs(band(Percentiles(100, 200, 1000), scale, 8))
    assert shown == "  ▁▒░░░░"
    assert band(None, scale, 8) == ()


@given(PERCENTILES, st.integers(1, 20))
def test_a_median_is_always_seen_and_the_bands_are_in_order(percentiles, rows):
    scale = duration_scale(percentiles.p50, percentiles.p99, rows)
    shown = glyphs(band(percentiles, scale, rows)).lstrip()
    assert shown[0] in "▁━▔"
    assert len(shown) <= rows
    assert shown[1:] == "".join(sorted(shown[1:], reverse=True))  # ▒ before ░


SERIES = st.lists(COUNTS, min_size=1, max_size=170)


@given(SERIES, st.integers(20, 200), st.integers(1, 30))
def test_deliveries_take_exactly_their_room(counts, width, height):
    lines = DeliveriesPlot(starts(len(counts)), tuple(counts)).lines(width, height)
    check(lines, width, height)


@given(st.lists(st.none() | PERCENTILES, min_size=1), st.integers(20, 200), st.integers(1, 30))
def test_durations_take_exactly_their_room(percentiles, width, height):
    lines = DurationsPlot(starts(len(percentiles)), tuple(percentiles)).lines(width, height)
    check(lines, width, height)


@given(st.lists(COUNT, min_size=1, max_size=6), st.integers(20, 200), st.integers(1, 9))
def test_a_spread_takes_exactly_its_room(counts, width, height):
    shares = tuple(Share(f"{number}xx", count, "good") for number, count in enumerate(counts))
    check(SpreadPlot("Answers", shares).lines(width, height), width, height)


def check(lines, width, height):
    assert len(lines) == height
    for line in lines:
        assert sum(cell_width(cell.text) for cell in line) <= width
        assert all(cell.style in {"", "strong", *COLOURS} for cell in line)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_both_plots_have_their_times_at_the_same_places(width):
    counts = DeliveriesPlot(starts(60), (Counts(1, 0, 0),) * 60).lines(width, 9)
    durations = DurationsPlot(starts(60), (Percentiles(60, 90, 400),) * 60).lines(width, 9)
    assert text(counts)[-1] == text(durations)[-1]
    assert "now" in text(counts)[-1]
    assert {line[7] for line in text(counts)[1:-2]} <= {"│", "┤"}


def test_labels_stand_at_the_rows_they_name():
    lines = text(DeliveriesPlot(starts(60), (Counts(40, 0, 0),) * 60).lines(80, 11))
    top = next(line for line in lines if "40┤" in line)
    assert top.endswith("█" * 60)
    assert "0└" in lines[-2]


def test_nothing_to_show_is_said():
    empty = text(DeliveriesPlot(starts(60), (Counts(0, 0, 0),) * 60).lines(80, 9))
    assert any("nothing was delivered in this time" in line for line in empty)
    idle = text(DurationsPlot(starts(60), (None,) * 60).lines(80, 9))
    assert any("nothing was attempted in this time" in line for line in idle)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_series_is_named_with_its_glyph_and_sum(width):
    title = text(DeliveriesPlot(starts(60), (Counts(40, 2, 1),) * 60).lines(width, 9))[0]
    for part in ("█ 2,400 succeeded", "✖ 120 failed", "░ 60 discarded"):
        assert part in title


def test_merged_steps_add_up_counts_and_show_the_slowest():
    plot = DurationsPlot(starts(4), (Percentiles(10, 10, 10), None, None, Percentiles(90, 90, 90)))
    assert "▁" in "".join(text(plot.lines(60, 9))) or "━" in "".join(text(plot.lines(60, 9)))
    lines = text(DeliveriesPlot(starts(60), (Counts(3, 0, 0),) * 60).lines(40, 9))
    assert lines[0].startswith(" /2 min")
    assert " 6┤" in "".join(lines)


def test_bars_are_as_long_as_their_share():
    assert bar(10, 10, 4) == "████"
    assert bar(5, 10, 4) == "██"
    assert bar(1, 10_000, 4) == "▏"
    assert bar(0, 10, 4) == ""


def test_shares_neither_hide_nor_exaggerate():
    assert share_words(1, 3) == "33.3%"
    assert share_words(1, 10_000) == "<0.1%"
    assert share_words(99_999, 100_000) == ">99.9%"
    assert share_words(5, 5) == "100.0%"
    assert [short(count) for count in (12, 204_310, 12_000_000)] == ["12", "204,310", "12.0M"]


def test_answers_that_did_not_come_stand_there_without_a_bar():
    spread = SpreadPlot("Answers", (Share("2xx", 8, "good"), Share("no answer", 0, "bad")))
    assert text(spread.lines(50, 3)) == [
        " Answers",
        " 2xx              8 100.0% ███████████████████████",
        " no answer        –",
    ]


def test_lines_are_cut_to_cells_and_neighbours_of_one_style_are_one():
    line = line_of([Ink("█", "good"), Ink("█", "good"), Ink("✖", "bad")])
    assert [(cell.text, cell.style) for cell in line] == [("██", "good"), ("✖", "bad")]
    assert width_of(cut(line, 2)) == 2
    assert cut(line, 0) == ()
