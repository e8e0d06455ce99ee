"""What choosing a destination fills in, and what it leaves alone."""

import json
from dataclasses import replace

import pytest

from corgea_tui.forms.destination_defaults import fill, format_template, has_own_body, refill
from corgea_tui.forms.validation import recognised
from corgea_tui.forms.webhook_draft import Draft, HeaderRow
from daemon.domain.deliveries.template import Template
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.destinations import GUIDES, guide
from daemon.domain.events.documented_samples import documented_sample
from daemon.domain.events.event import read_payload


def test_splunk_fills_in_header_and_template():
    draft = fill(Draft(), guide("splunk"))
    assert draft.headers == (
        HeaderRow(
            "Authorization",
            credential=True,
            prefix="Splunk ",
            hint="the token of the HTTP Event Collector",
        ),
    )
    assert draft.body_template == format_template(guide("splunk").template)
    assert draft.destination == "splunk"


def test_slack_sets_type_and_rate_and_a_text_for_the_one_event():
    draft = fill(Draft(events=("scan.completed",)), guide("slack"))
    assert (draft.type, draft.rate) == ("slack", "1")
    assert "found {{data.issues_found}} issues" in draft.body_template


def test_another_choice_takes_the_place_of_the_first():
    draft = fill(fill(Draft(), guide("slack")), guide("zapier"))
    assert draft == fill(Draft(), guide("zapier"))


@pytest.mark.parametrize("one", GUIDES, ids=lambda one: one.kind)
def test_choosing_none_takes_back_what_was_filled_in(one):
    assert fill(fill(Draft(), one), None) == Draft()


def test_what_was_typed_by_hand_stays():
    mine = Draft(
        body_template='{"mine":1}',
        headers=(HeaderRow("authorization", "Bearer x"),),
        rate="7",
    )
    draft = fill(mine, guide("splunk"))
    assert draft.body_template == '{"mine":1}'
    assert draft.headers == mine.headers
    assert draft.rate == "7"
    assert has_own_body(draft, guide("splunk"))
    assert not has_own_body(fill(Draft(), guide("splunk")), guide("splunk"))


def test_a_key_that_was_typed_into_a_filled_in_header_stays():
    draft = fill(Draft(), guide("splunk"))
    typed = replace(draft, headers=(replace(draft.headers[0], value="t0ken"),))
    assert fill(typed, None).headers == typed.headers


def test_of_headers_that_are_a_choice_one_is_enough():
    assert [row.name for row in fill(Draft(), guide("api-key")).headers] == ["X-API-Key"]


def test_choosing_events_takes_the_better_template_unless_it_was_edited():
    draft = fill(Draft(), guide("slack"))
    started = refill(draft, ("scan.started",))
    assert "has started" in started.body_template
    edited = replace(draft, body_template='{"text":"x"}')
    assert refill(edited, ("scan.started",)).body_template == '{"text":"x"}'


def test_a_url_gives_its_destination_away():
    draft = Draft(url="https://hooks.slack.com/services/T0/B0/x")
    assert recognised(draft).kind == "slack"
    assert recognised(replace(draft, destination="slack")) is None
    assert recognised(Draft(url="https://example.com/")) is None


class TestTidy:
    @pytest.mark.parametrize(
        "one", [one for one in GUIDES if one.template], ids=lambda one: one.kind
    )
    def test_the_same_body_comes_of_it(self, one):
        event = read_payload(json.dumps(documented_sample("scan.completed")).encode())
        bodies = [
            json.loads(Template(text).render(EventValues(event)))
            for text in (one.template, format_template(one.template))
        ]
        assert bodies[0] == bodies[1]

    def test_a_member_a_line(self):
        assert format_template('{"a":{{time}},"b":[{},{"c":"x {{payload}} \\" , :"}]}') == (
            '{\n  "a": {{time}},\n  "b": [\n    {},\n    {\n      "c": "x {{payload}} \\" , :"\n'
            "    }\n  ]\n}"
        )

    def test_what_is_no_json_loses_nothing(self):
        for text in ('{"a":', "}{", '{"open', "{{{time}}}", ""):
            assert "".join(format_template(text).split()) == "".join(text.split())
