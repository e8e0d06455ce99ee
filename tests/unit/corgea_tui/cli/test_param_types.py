import click
import pytest

from corgea_tui.cli.param_types import filter_text, seconds


def test_a_duration_without_a_unit_is_one_of_seconds():
    assert (seconds("20"), seconds("1.5s")) == (20, 1.5)
    with pytest.raises(click.BadParameter):
        seconds("soon")


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
