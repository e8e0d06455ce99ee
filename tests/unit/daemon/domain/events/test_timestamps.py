"""Timestamps as producers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.events.timestamps import (
    InvalidTimestamp,
    from_ms,
    read_timestamp,
    to_ms,
    to_seconds,
)


@pytest.mark.parametrize(
    ("given", "normalised"),
    [
        ("2025-01-15T14:30:00.000Z", "2025-01-15T14:30:00.000Z"),
        ("2025-01-15T14:30:00Z", "2025-01-15T14:30:00.000Z"),
        ("2025-01-15T14:30:00.5Z", "2025-01-15T14:30:00.500Z"),
        ("2025-01-15T14:30:00.123999Z", "2025-01-15T14:30:00.123Z"),
        ("2025-01-15T14:30:00.123456789Z", "2025-01-15T14:30:00.123Z"),
        ("2025-01-15T16:30:00+02:00", "2025-01-15T14:30:00.000Z"),
        ("2025-01-15T16:30:00.25+0200", "2025-01-15T14:30:00.250Z"),
        ("2025-01-15T00:30:00-05:30", "2025-01-15T06:00:00.000Z"),
        ("2025-01-01T00:30:00+01:00", "2024-12-31T23:30:00.000Z"),
        ("2025-01-15T14:30:00-00:00", "2025-01-15T14:30:00.000Z"),
        ("2025-01-15t14:30:00z", "2025-01-15T14:30:00.000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_accepted_forms_are_written_in_one(given, normalised):
    assert read_timestamp(given) == normalised


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2025-01-15",
        "2025-01-15T14:30Z",
        "2025-01-15T14:30:00",
        "2025-01-15T14:30:00.Z",
        "2025-01-15 14:30:00Z",
        "2025-01-15T14:30:00.000Z\n",
        " 2025-01-15T14:30:00.000Z",
        "2025-13-15T14:30:00.000Z",
        "2025-02-29T14:30:00.000Z",
        "2025-02-29T14:30:00Z",
        "2025-01-15T24:00:00.000Z",
        "2025-01-15T14:60:00.000Z",
        "2025-01-15T14:30:60.000Z",
        "2025-01-15T14:30:00+25:00",
        "2025-01-15T14:30:00+02:60",
        "2025-W03-3T14:30:00Z",
        "20250115T143000Z",
        "0000-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٥-01-15T14:30:00.000Z",
        "2025-01-15T14:30:00.0000000000000Z",
    ],
)
def test_what_is_no_timestamp_is_refused_with_an_example(text):
    with pytest.raises(InvalidTimestamp, match=r"2025-01-15T14:30:00\.000Z"):
        read_timestamp(text)


@given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
def test_milliseconds_and_text_say_the_same(ms):
    text = from_ms(ms)
    assert to_ms(text) == ms
    assert read_timestamp(text) == text
    assert to_seconds(text) == ms // 1000


@given(st.text(max_size=40))
def test_no_text_does_anything_else_than_be_read_or_refused(text):
    try:
        normalised = read_timestamp(text)
    except InvalidTimestamp:
        return
    assert read_timestamp(normalised) == normalised
