from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.deliveries.statistics import bin_of, middle_of, percentiles, success_rate


@given(st.integers(0, 10**9))
def test_a_bin_stands_for_its_durations_within_seven_percent(ms):
    assert abs(middle_of(bin_of(ms)) - ms) <= max(0, 0.07 * ms)


@given(st.integers(0, 10**9))
def test_bins_are_in_order(ms):
    assert bin_of(ms) <= bin_of(ms + 1) <= bin_of(ms) + 1


def test_percentiles():
    assert percentiles({bin_of(ms): 1 for ms in range(10)}) == (4, 9, 9)
    assert percentiles({bin_of(7): 1}) == (7, 7, 7)
    assert percentiles({bin_of(1): 94, bin_of(2): 4, bin_of(3): 2}) == (1, 2, 3)
    assert percentiles({}) == (None, None, None)


def test_success_rate_has_one_decimal_and_nothing_for_nothing():
    assert success_rate(2, 1) == 66.7
    assert success_rate(0, 0) is None
    assert success_rate(39, 1) == 97.5
