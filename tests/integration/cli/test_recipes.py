import json

import pytest

from tests.integration.cli.conftest import show

SLACK = "https://hooks.slack.com/services/T0/B0/abcdefgh"


def test_all_six_recipes_are_listed_and_shown(homeless):
    listed = json.loads(homeless.tui("recipes", "list", "--json").stdout)
    assert len(listed) == 6
    for each in listed:
        text = homeless.tui("recipes", "show", each["name"]).stdout
        assert each["title"] in text
        assert f"recipes apply {each['name']}" in text


def test_a_recipe_is_one_step(served, tidy):
    ended = served.tui("recipes", "apply", "slack-scans", SLACK, "--project", "42")
    assert ended.returncode == 0, ended.stderr
    made = show(served, "Slack: completed scans")
    assert (made["type"], made["events"], made["projects"]) == ("slack", ["scan.completed"], ["42"])
    assert "issues_found" in made["body_template"]


def test_the_recipe_for_teams_makes_one_webhook_each(served, tidy):
    teams = ("--team", "Backend", SLACK, "api,billing", "--team", "Frontend", SLACK + "2", "web")
    assert served.tui("recipes", "apply", "teams", *teams).returncode == 0
    assert show(served, "Backend")["projects"] == ["api", "billing"]
    assert show(served, "Frontend")["projects"] == ["web"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("slack-scan", SLACK), "did you mean 'slack-scans'?"),
        (("slack-scans",), "exactly one"),
        (("teams", SLACK), "give each a name"),
    ],
)
def test_what_is_missing_is_a_usage_error(homeless, args, said):
    ended = homeless.tui("recipes", "apply", *args)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_dry_run_prints_a_file_that_apply_takes(served, tidy):
    command = ("recipes", "apply", "ticketing", SLACK, "--dry-run")
    (form,) = json.loads(served.tui(*command, "--json").stdout)
    assert form["url"] == SLACK
    file = served.tui(*command).stdout
    assert served.tui("webhooks", "apply", "-", stdin=file).returncode == 0
    assert show(served, "Tickets for open issues")["statuses"] == ["open"]


def test_a_destination_fills_in_what_it_needs(served, tidy):
    def add(name, url, *args):
        return served.tui("webhooks", "add", name, url, "--event", "scan.failed", *args)

    assert add("s", SLACK, "--destination", "slack").returncode == 0
    slack = show(served, "s")
    assert slack["type"] == "slack"
    assert '"text"' in slack["body_template"]
    assert slack["retry"]["rate"] == 1

    missing = add("h", "https://127.0.0.1:8088/x", "--destination", "splunk")
    assert missing.returncode == 2
    assert "--header 'Authorization: Splunk" in missing.stderr
    given = ("--destination", "splunk", "--header", "Authorization: Splunk abcdefgh-1234")
    assert add("h", "https://127.0.0.1:8088/x", *given).returncode == 0
    assert show(served, "h")["headers"][0]["credential"] is True

    missing = add("p", "https://events.pagerduty.com/v2/enqueue", "--destination", "pagerduty")
    assert missing.returncode == 2
    assert "--fill" in missing.stderr


def test_an_unknown_destination_has_a_suggestion(homeless):
    args = ("webhooks", "add", "x", SLACK, "--event", "scan.*", "--destination", "slak")
    ended = homeless.tui(*args)
    assert ended.returncode == 2
    assert "did you mean 'slack'?" in ended.stderr
