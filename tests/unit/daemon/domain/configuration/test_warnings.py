"""What is said at save without being in the way."""

import pytest

from daemon.domain.configuration.form import read_webhook
from daemon.domain.events.catalogue import known_types

LEAST = {"name": "n", "url": "https://example.com/hook", "events": ["scan.completed"]}


def warnings(**changes) -> dict[str, str]:
    checked = read_webhook({**LEAST, **changes}, known_types=known_types())
    return {warning.field: warning.message for warning in checked.warnings}


def test_a_plain_webhook_needs_no_warning():
    assert warnings() == {}
    assert warnings(secret="s" * 32, projects=["p"], events=["scan.*", "issue.*"]) == {}


def test_a_short_secret():
    assert "31 characters" in warnings(secret="s" * 31)["secret"]


def test_a_secret_with_a_space_around_it():
    assert "space" in warnings(secret="s" * 32 + " ")["secret"]


def test_a_project_filter_leaves_out_users():
    said = warnings(projects=["p"], events=["user.*", "scan.started"])["projects"]
    assert said == (
        "the project filter leaves out user.login, user.login_failed: they carry no project"
    )


def test_a_status_filter_without_its_event():
    assert "issue.status_changed" in warnings(statuses=["open"])["statuses"]
    assert warnings(statuses=["open"], events=["issue.*"]) == {}


def test_slack_without_a_template():
    assert "text or blocks" in warnings(type="slack")["body_template"]
    assert warnings(type="slack", body_template='{"text":"{{event_type}}"}') == {}


def test_a_slack_url_of_another_type():
    assert "type slack" in warnings(url="https://hooks.slack.com/services/T/B/X")["type"]


def test_an_unknown_placeholder():
    said = warnings(body_template='{"text":"{{event_typ}}"}')["body_template"]
    assert "did you mean {{event_type}}?" in said


@pytest.mark.parametrize("template", ["hello", '{"a":{{time}}', "[1]"])
def test_a_template_that_gives_no_object(template):
    assert "no JSON object" in warnings(body_template=template)["body_template"]


def test_standard_webhooks_without_a_secret():
    assert "nothing to sign with" in warnings(standard_webhooks=True)["standard_webhooks"]


def test_a_standard_secret_that_is_no_base64():
    secret = "whsec_" + "!" * 40
    assert "not base64" in warnings(standard_webhooks=True, secret=secret)["secret"]
    assert warnings(secret=secret) == {}
