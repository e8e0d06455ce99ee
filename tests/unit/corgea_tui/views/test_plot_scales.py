from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.views.plots.scales import count_label, count_scale, duration_label, duration_scale

ROWS = st.integers(1, 40)
MS = st.integers(0, 4_000_000)


def test_counts_get_round_labels_on_whole_rows():
    scale = count_scale(37, 8)
    assert dict(scale.labels) == {0: "0", 2: "10", 4: "20", 6: "30", 8: "40"}
    assert scale.rows_of(20) == 4


def test_a_count_that_does_not_divide_still_fits():
    scale = count_scale(37, 7)
    assert dict(scale.labels) == {0: "0", 3: "20", 6: "40"}


@given(st.integers(0, 10**9), ROWS)
def test_the_highest_count_finds_room(most, rows):
    scale = count_scale(most, rows)
    assert 0 <= scale.rows_of(most) <= rows
    assert scale.labels[0] == "0"
    assert all(0 <= row <= rows for row in scale.labels)


@given(st.integers(1, 10**9), st.integers(2, 40))
def test_little_of_the_room_is_wasted(most, rows):
    assert count_scale(most, rows).rows_of(most) >= rows * 0.4 or most <= rows


@given(st.integers(0, 10**9), ROWS)
def test_count_labels_stand_where_their_value_does_and_fit(most, rows):
    scale = count_scale(most, rows)
    for row, label in scale.labels.items():
        assert len(label) <= 5
        assert count_label(round(row / scale.apart) * scale.step) == label
        assert scale.rows_of(row // scale.apart * scale.step) == row


def test_durations_are_logarithmic_between_round_marks():
    scale = duration_scale(60, 900, 8)
    assert scale.marks == (50, 100, 200, 500, 1000)
    assert dict(scale.labels) == {0: "50 ms", 2: "100 ms", 4: "200 ms", 6: "500 ms", 8: "1 s"}
    assert scale.rows_of(100) == 2


def test_few_rows_name_powers_of_ten():
    scale = duration_scale(3, 9_000, 4)
    assert scale.marks == (1, 10, 100, 1000, 10_000)


@given(MS, MS, ROWS)
def test_every_duration_of_the_range_finds_room(one, other, rows):
    least, most = sorted((one, other))
    scale = duration_scale(least, most, rows)
    assert 0 <= scale.rows_of(least) <= scale.rows_of(most) <= rows
    assert all(0 <= row <= rows and len(label) <= 7 for row, label in scale.labels.items())


@given(st.lists(MS, min_size=2), ROWS)
def test_longer_is_never_lower(values, rows):
    scale = duration_scale(min(values), max(values), rows)
    heights = [scale.rows_of(value) for value in sorted(values)]
    assert heights == sorted(heights)


def test_labels_of_durations():
    assert [duration_label(ms) for ms in (1, 500, 1000, 2000, 500_000)] == [
        "1 ms",
        "500 ms",
        "1 s",
        "2 s",
        "500 s",
    ]
