import click
import pytest

from corgea_tui.cli.param_types import filter_text, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms", 0.5),
        ("20", 20),
        ("1.5s", 1.5),
        ("2m", 120),
        ("1h", 3600),
        ("1d", 86400),
        ("1w", 604_800),
    ],
)
def test_durations(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1y", "1 2"])
def test_what_is_no_duration(text):
    with pytest.raises(click.BadParameter):
        seconds(text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), None),
        (("status:failed", "since:1h"), "status:failed since:1h"),
        (("status:failed since:1h",), "status:failed since:1h"),
        (("webhook:Slack #security",), 'webhook:"Slack #security"'),
        (("-webhook:Slack #security", "timeout"), '-webhook:"Slack #security" timeout'),
        (('webhook:"Slack #security"',), 'webhook:"Slack #security"'),
        (('webhook:My "own"',), 'webhook:"My \\"own\\""'),
        (("webhook:Jira status:failed",), "webhook:Jira status:failed"),
        (("webhook:Jira tickets status:failed",), "webhook:Jira tickets status:failed"),
    ],
)
def test_what_the_shell_unquoted_is_quoted_again(words, expected):
    assert filter_text(words) == expected
