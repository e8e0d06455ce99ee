from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corgea_tui.views.plots.times import axis_line, fit, label_line, ticks

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WINDOWS = {"15m": (15, 1), "1h": (60, 1), "24h": (96, 15), "7d": (168, 60)}


def starts(window="1h", end=NOON, zone=UTC):
    steps, minutes = WINDOWS[window]
    last = datetime.fromtimestamp(end.timestamp() // (60 * minutes) * 60 * minutes, UTC)
    back = (timedelta(minutes=minutes * number) for number in reversed(range(steps)))
    return [(last - each).astimezone(zone) for each in back]


def labels(window, width, zone=UTC):
    moments = starts(window, zone=zone)
    fitted = fit(moments, width)
    found = ticks([moments[group.start] for group in fitted.groups], fitted.pitch)
    return [tick.label for tick in found]


def test_the_labels_are_round_local_times_and_now():
    assert labels("1h", 60) == ["11:10", "11:20", "11:30", "11:40", "11:50", "now"]
    assert labels("24h", 96)[-4:] == ["03:00", "06:00", "09:00", "now"]
    assert labels("7d", 168)[0] == "Tue 17"
    assert labels("7d", 168)[-1] == "now"


def test_local_midnight_is_a_day_wherever_one_is():
    for zone in (timezone(timedelta(hours=-8)), timezone(timedelta(hours=5, minutes=30))):
        assert [label[:3] for label in labels("7d", 84, zone)][:3] == ["Tue", "Wed", "Thu"]


def test_a_day_with_summer_time_keeps_round_labels():
    moments = starts("24h", datetime(2026, 3, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    found = [tick.label for tick in ticks(moments, 1)]
    assert "Sun 29" in found
    assert all(label.endswith(":00") for label in found if ":" in label)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("width", range(8, 200, 7))
def test_a_series_fits_every_width(window, width):
    moments = starts(window)
    fitted = fit(moments, width)
    assert fitted.width <= width
    assert len(fitted.groups) * fitted.pitch == fitted.width
    shown = [place for group in fitted.groups for place in group]
    assert shown == list(range(shown[0], len(moments)))  # without holes, to the present
    assert len(moments) - len(shown) < len(fitted.groups[0])


def test_columns_keep_their_steps_while_time_goes_on():
    before = starts("24h")
    after = starts("24h", NOON + timedelta(minutes=15))
    held = [[before[place] for place in group] for group in fit(before, 60).groups]
    now = [[after[place] for place in group] for group in fit(after, 60).groups]
    assert [group for group in held[1:-1] if group not in now] == []


def test_what_a_column_stands_for_is_said():
    assert fit(starts("1h"), 60).span_words == "minute"
    assert fit(starts("1h"), 30).span_words == "2 min"
    assert fit(starts("24h"), 60).span_words == "30 min"
    assert fit(starts("7d"), 168).span_words == "hour"
    assert fit(starts("7d"), 60).span_words == "3 h"


def test_nothing_to_show_takes_no_room():
    assert fit([], 60).width == 0
    assert ticks([], 1) == []


@given(
    st.sampled_from(list(WINDOWS)),
    st.integers(1, 200),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  # as UTC below
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns"]),
)
def test_labels_never_touch_and_stand_under_their_notch(window, width, end, zone):
    moments = starts(window, end.replace(tzinfo=UTC), ZoneInfo(zone))
    fitted = fit(moments, width)
    found = ticks([moments[group.start] for group in fitted.groups], fitted.pitch)
    line, axis = label_line(found, fitted.width), axis_line(found, fitted.width)
    assert len(line) <= fitted.width
    assert len(axis) == fitted.width
    assert found[-1].label == "now"
    for tick in found:
        assert axis[tick.cell] == "┬"
        if fitted.width >= len(tick.label):
            assert line[tick.at : tick.at + len(tick.label)] == tick.label
    assert len(line.split()) >= len(found) or fitted.width < 5
