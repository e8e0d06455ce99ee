"""Destinations and recipes: every rendering is a JSON object within the receiver's limits."""

import json
from random import Random

import pytest

from daemon.domain.configuration.form import read_webhook
from daemon.domain.configuration.target import name_problem, value_problem
from daemon.domain.deliveries.template import Template
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.destinations import (
    GUIDES,
    RECIPES,
    RecipeAnswer,
    fill_blanks,
    guide,
    guide_for_url,
    limit_problems,
    recipe,
    recipe_forms,
)
from daemon.domain.destinations.guide import open_blanks
from daemon.domain.destinations.recipes import RecipeProblem
from daemon.domain.events.catalogue import BUILT_IN, known_types
from daemon.domain.events.documented_samples import documented_sample
from daemon.domain.events.event import AcceptedEvent, matching_facts
from daemon.domain.events.sampler import Sampler
from daemon.domain.events.timestamps import to_ms
from daemon.domain.matching.rules import Decision, Selection
from daemon.domain.webhooks.config import DestinationType

NOW = to_ms("2025-01-15T14:30:00.000Z")
HOSTILE = {
    "project": {"id": "p", "name": '<!channel> "quoted" \\ \n & more'},
    "branch": "{{event_id}}",
    "failed_reason": None,
    "file_path": "a\u2028b\x7f",
}


def event(event_type: str, data: object) -> AcceptedEvent:
    raw = json.dumps(data).encode()
    return AcceptedEvent(
        "e" * 128, event_type, "2025-01-15T14:30:00.000Z", raw, *matching_facts(raw)
    )


def events():
    sampler = Sampler(Random(3))
    for event_type in sorted(BUILT_IN):
        yield event(event_type, documented_sample(event_type)["data"])
        yield event(event_type, sampler.data(event_type, NOW))
        yield event(event_type, HOSTILE)
        yield event(event_type, {})


TEMPLATES = [
    (each, template)
    for each in GUIDES
    for template in (each.template, *(own for _, own in each.templates))
    if template is not None
]


@pytest.mark.parametrize(
    ("each", "template"), TEMPLATES, ids=lambda value: getattr(value, "kind", "")
)
def test_every_template_gives_an_object_within_limits_for_every_event(each, template):
    compiled = Template(fill_blanks(each, template, {"routing key": "R" * 32}))
    assert compiled.warnings() == ()
    for one in events():
        body = compiled.render(EventValues(one), slack=each.type is DestinationType.SLACK)
        assert isinstance(json.loads(body), dict)
        assert list(limit_problems(each, body)) == []


@pytest.mark.parametrize("each", GUIDES, ids=lambda each: each.kind)
def test_every_guide_makes_a_sound_webhook(each):
    url = each.url_hint if each.url_hint.startswith("https://") else "https://example.com/hook"
    form = {
        "name": each.title,
        "url": url.split(" ")[0].replace("…", "x"),
        "type": each.type.value,
        "events": ["scan.*"],
        "headers": [
            {"name": asked.name, "value": asked.value or f"{asked.prefix}0123456789"}
            for asked in each.headers
        ],
        "body_template": each.template,
        "retry": {"rate": each.rate},
    }
    checked = read_webhook(form, known_types=known_types())
    assert checked.warnings == ()
    assert all(name_problem(asked.name) is None for asked in each.headers)
    assert all(asked.value is None or value_problem(asked.value) is None for asked in each.headers)


def test_kinds_are_unique_and_found():
    kinds = [each.kind for each in GUIDES]
    assert len(set(kinds)) == len(kinds) == 13
    assert all(guide(kind).kind == kind for kind in kinds)
    with pytest.raises(KeyError):
        guide("fax")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T/B/X", "slack"),
        ("https://acme.webhook.office.com/webhookb2/x", "teams"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x", "teams"),
        ("https://events.pagerduty.com/v2/enqueue", "pagerduty"),
        ("https://splunk.example.com:8088/services/collector/event", "splunk"),
        ("https://hooks.zapier.com/hooks/catch/1/2", "zapier"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://api.datadoghq.eu/api/v1/events", "datadog"),
        ("https://api.github.com/repos/o/r/dispatches", "github"),
    ],
)
def test_receivers_are_recognised_by_their_url(url, kind):
    assert guide_for_url(url) is guide(kind)


def test_other_urls_belong_to_no_destination():
    assert guide_for_url("https://example.com/hook") is None


def test_a_single_event_gets_the_template_that_reads_best():
    slack = guide("slack")
    assert "found {{data.issues_found}} issues" in slack.template_for(("scan.completed",))
    assert slack.template_for(("scan.completed", "scan.failed")) == slack.template
    assert guide("jira").template_for(("scan.completed",)) is None


def test_slack_tells_people_what_happened():
    slack = guide("slack")
    one = event("scan.completed", documented_sample("scan.completed")["data"])
    body = Template(slack.template_for(("scan.completed",))).render(EventValues(one), slack=True)
    assert json.loads(body) == {"text": "*Production API*: scan of main found 8 issues"}


def test_blanks_are_filled_as_json_text():
    pagerduty = guide("pagerduty")
    assert [blank.title for blank in open_blanks(pagerduty, pagerduty.template)] == ["routing key"]
    filled = fill_blanks(pagerduty, pagerduty.template, {"routing key": 'a"b'})
    assert not open_blanks(pagerduty, filled)
    one = event("scan.started", {})
    assert json.loads(Template(filled).render(EventValues(one)))["routing_key"] == 'a"b'
    assert fill_blanks(pagerduty, pagerduty.template, {}) == pagerduty.template


def test_what_is_too_large_is_said():
    big = event("scan.started", {"text": "x" * 30_000})
    teams = guide("teams")
    (said,) = limit_problems(teams, Template(teams.template).render(EventValues(big)))
    assert "Microsoft Teams (Workflows) allows 28,672" in said
    github = guide("github")
    body = json.dumps({"client_payload": {str(n): n for n in range(11)}}).encode()
    assert "client_payload has 11 keys" in next(limit_problems(github, body))


def test_the_six_use_cases():
    assert [each.kind for each in RECIPES] == [
        "slack-scans", "ticketing", "accepted-risk", "dashboard", "teams", "compliance"
    ]  # fmt: skip


@pytest.mark.parametrize("each", RECIPES, ids=lambda each: each.kind)
def test_every_recipe_makes_sound_webhooks_that_render(each):
    answer = RecipeAnswer(
        "https://example.com/hook", ("p1",) if each.wants_projects else (), "Backend"
    )
    (form,) = recipe_forms(each, [answer])
    checked = read_webhook(form, known_types=known_types())
    assert checked.warnings == ()
    assert checked.config.name == "Backend"
    if checked.config.body_template:
        for one in events():
            Template(checked.config.body_template).render(EventValues(one), slack=True)


def test_recipes_choose_what_the_reference_says():
    def decide(kind, event_type, **data):
        (form,) = recipe_forms(recipe(kind), [RecipeAnswer("https://example.com/", name="n")])
        config = read_webhook(form, known_types=known_types()).config
        return Selection(config).decide(event(event_type, data))

    assert decide("ticketing", "scan.completed") is Decision.MATCHED
    assert decide("ticketing", "issue.status_changed", status="open") is Decision.MATCHED
    assert decide("ticketing", "issue.status_changed", status="fixed") is Decision.STATUS_FILTER
    accepted = decide("accepted-risk", "issue.status_changed", status="accepted_risk")
    assert accepted is Decision.MATCHED
    assert decide("dashboard", "issue.assigned") is Decision.MATCHED
    assert decide("dashboard", "user.login") is Decision.NOT_SUBSCRIBED


def test_several_teams_get_a_webhook_each():
    forms = recipe_forms(
        recipe("teams"),
        [
            RecipeAnswer("https://example.com/b", ("p1", "p2"), "Backend"),
            RecipeAnswer("https://example.com/f", ("p3",), "Frontend"),
        ],
    )
    assert [(form["name"], form["projects"]) for form in forms] == [
        ("Backend", ["p1", "p2"]),
        ("Frontend", ["p3"]),
    ]


def test_answers_that_do_not_fit_are_refused():
    answer = RecipeAnswer("https://example.com/")
    with pytest.raises(RecipeProblem, match="exactly one"):
        recipe_forms(recipe("dashboard"), [answer, answer])
    with pytest.raises(RecipeProblem, match="one URL for each team"):
        recipe_forms(recipe("teams"), [])
    with pytest.raises(RecipeProblem, match="give each a name"):
        recipe_forms(recipe("teams"), [answer])
