import pytest

from daemon.util.durations import InvalidDuration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("20s", 20),
        (" 1.5 h ", 5400),
        ("2M", 120),
        ("1d", 86_400),
        ("2w", 1_209_600),
    ],
)
def test_a_number_and_a_unit(text, seconds):
    assert parse_duration(text) == seconds


def test_a_bare_number_needs_a_unit_to_be_read_in():
    assert parse_duration("20", bare_unit="s") == 20
    assert parse_duration("20ms", bare_unit="s") == 0.02
    with pytest.raises(InvalidDuration):
        parse_duration("20")


@pytest.mark.parametrize("text", ["", "h", "-1h", "1e3s", "1y", "\u0661s", "1 2", f"{'9' * 400}s"])
def test_what_is_not_a_duration_is_refused_with_examples(text):
    with pytest.raises(InvalidDuration, match="500ms, 20s, 2m, 1h, 7d or 2w"):
        parse_duration(text)
