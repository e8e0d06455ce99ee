"""From a webhook to the form's texts and back to what the daemon takes."""

from dataclasses import replace

import msgspec
import pytest

from corgea_tui.forms.text import format_list, last_word, pasted, read_list, visible
from corgea_tui.forms.validation import filters_of, validate
from corgea_tui.forms.webhook_draft import (
    BlankEntry,
    ConditionRow,
    Draft,
    HeaderRow,
    SecretEntry,
    draft_of,
    duplicate_of,
)
from corgea_tui.forms.webhook_request import request_of
from daemon.domain.destinations import guide
from daemon.domain.events.catalogue import known_types
from tests.app.fake_daemon import webhook

TYPES = known_types()
SOUND = Draft(name="hook", url="https://example.com/hook", events=("scan.completed",))


def judged(draft, stored=None):
    return validate(draft, stored=stored, known_types=TYPES, taken=())


class TestRoundTrip:
    def test_a_webhook_that_was_not_touched_is_sent_back_as_it_is(self):
        shown = webhook(
            projects=["proj-1", "a,b"],
            statuses=["open"],
            events=["issue.status_changed", "scan.*"],
            conditions=[
                {"path": "data.urgency", "op": "in", "value": ["CR", "HI"]},
                {"path": "data.issues_found", "op": ">", "value": 3},
                {"path": "data.branch", "op": "=", "value": "3"},
                {"path": "data.scan_id", "op": "present"},
            ],
            headers=[
                {"name": "Authorization", "value": "••••9f2c", "credential": True},
                {"name": "X-Team", "value": "red", "credential": False},
            ],
            body_template='{"a":1}',
            standard_webhooks=True,
            retry_set={"schedule": [2.0, 4.5], "timeout": 30.0, "concurrency": 4, "rate": 0.5},
        )
        form = request_of(draft_of(shown)).form
        before = msgspec.to_builtins(shown)
        same = ("name", "url", "type", "events", "projects", "statuses", "conditions")
        assert {key: form[key] for key in same} == {key: before[key] for key in same}
        assert form["headers"] == [
            {"name": "Authorization", "credential": True},
            {"name": "X-Team", "value": "red", "credential": False},
        ]
        assert form["retry"] == before["retry_set"]
        assert form["body_template"] == '{"a":1}'
        assert form["standard_webhooks"] is True
        assert "secret" not in form

    def test_a_single_try_is_not_the_same_as_leaving_it_to_the_settings(self):
        once, settings = webhook(retry_set={"schedule": []}), webhook(retry_set={})
        assert request_of(draft_of(once)).form["retry"] == {"schedule": []}
        assert request_of(draft_of(settings)).form["retry"] == {}

    def test_a_duplicate_has_a_name_of_its_own_and_no_credentials(self):
        shown = webhook(headers=[{"name": "X-Api-Key", "value": "••••9f2c", "credential": True}])
        draft = duplicate_of(shown, frozenset({shown.name, f"{shown.name} copy"}))
        assert draft.name == f"{shown.name} copy 2"
        assert draft.secret == SecretEntry()
        assert draft.headers == (HeaderRow("X-Api-Key", credential=True),)
        assert judged(draft).errors["headers.0.value"]


class TestRequest:
    def test_blank_rows_are_left_out_and_complaints_find_their_row(self):
        draft = replace(
            SOUND,
            conditions=(ConditionRow(), ConditionRow("urgency", "=", "CR")),
            headers=(HeaderRow(), HeaderRow("Host", "x")),
        )
        request = request_of(draft)
        assert len(request.form["conditions"]) == len(request.form["headers"]) == 1
        errors = judged(draft).errors
        assert "did you mean data.urgency?" in errors["conditions.1.path"][0]
        assert "Host" in errors["headers.1.name"][0]

    @pytest.mark.parametrize(
        ("secret", "sent"),
        [
            (SecretEntry("••••9f2c"), {}),
            (SecretEntry("••••9f2c", "remove"), {"secret": None}),
            (SecretEntry("••••9f2c", "set", "new"), {"secret": "new"}),
            (SecretEntry("••••9f2c", "set", ""), {}),
            (SecretEntry(None, "keep"), {}),
        ],
    )
    def test_secrets_are_kept_replaced_or_removed(self, secret, sent):
        form = request_of(replace(SOUND, secret=secret)).form
        assert {key: form[key] for key in form if key == "secret"} == sent

    def test_a_destinations_gaps_and_prefixes_are_filled_in(self):
        draft = replace(
            SOUND,
            destination="pagerduty",
            body_template=guide("pagerduty").template,
            blanks=(BlankEntry("routing key", "hint", secret=True, value='k"y'),),
            headers=(HeaderRow("Authorization", "t0ken", prefix="Bearer "),),
        )
        form = request_of(draft).form
        assert '"routing_key":"k\\"y"' in form["body_template"]
        assert form["headers"][0]["value"] == "Bearer t0ken"

    def test_figures_that_are_none_are_complained_about_at_their_field(self):
        draft = replace(SOUND, schedule="2, soon", timeout="long", concurrency="0.5", rate="-1")
        errors = judged(draft).errors
        assert {"schedule", "timeout", "concurrency", "rate"} <= errors.keys()

    def test_once_is_a_schedule(self):
        assert request_of(replace(SOUND, schedule="once")).form["retry"] == {"schedule": []}


class TestVerdict:
    def test_a_sound_form_has_a_configuration(self):
        verdict = judged(SOUND)
        assert not verdict.errors
        assert verdict.config.name == "hook"

    def test_an_empty_form_says_everything_at_once(self):
        assert judged(Draft()).errors.keys() == {"name", "url", "events"}

    def test_warnings_do_not_stand_in_the_way(self):
        draft = replace(
            SOUND, type="slack", secret=SecretEntry(None, "set", "short"), statuses=("open",)
        )
        verdict = judged(draft)
        assert not verdict.errors
        assert verdict.config is not None
        assert verdict.warnings.keys() == {"secret", "statuses", "body_template"}

    def test_nothing_is_said_of_the_length_of_a_secret_that_is_not_known(self):
        shown = webhook()
        assert not judged(draft_of(shown), stored=shown).warnings.get("secret")

    def test_a_gap_that_was_not_filled_in_is_an_error(self):
        draft = replace(
            SOUND,
            destination="pagerduty",
            body_template=guide("pagerduty").template,
            blanks=(BlankEntry("routing key", "the key", secret=True),),
        )
        assert "Events API v2" in judged(draft).errors["blanks.routing key"][0]
        assert judged(draft).config is None

    def test_filters_are_known_though_the_rest_is_not(self):
        draft = Draft(events=("scan.*",), projects="p1, p2")
        assert filters_of(draft, TYPES).projects == ("p1", "p2")
        assert filters_of(Draft(), TYPES) is None


class TestLists:
    @pytest.mark.parametrize(
        "words", [(), ("a",), ("a", "b c"), ("a,b", "c"), ('say "hi"', "x"), ('"quoted"',), (" x",)]
    )
    def test_what_is_written_is_read_back(self, words):
        assert read_list(format_list(words)) == words

    def test_blanks_between_commas_are_nothing(self):
        assert read_list(" a, , b ,") == ("a", "b")

    def test_the_last_word_is_where_typing_goes_on(self):
        assert last_word("a, bc") == ("bc", 3)
        assert last_word("") == ("", 0)


class TestVisible:
    def test_plain_text_and_line_breaks_stay(self):
        assert visible('{"ä":\n\t"日本"}') == '{"ä":\n\t"日本"}'

    def test_what_a_terminal_would_act_on_is_written_out(self):
        assert visible("a\x1b[2J\u202e\x9b\U000e0041") == (
            "a\\u001b[2J\\u202e\\u009b\\udb40\\udc41"
        )

    def test_pasted_text_loses_invisible_characters(self):
        assert pasted("tok\u200ben\x1b[31m\r\n") == ("token[31m\n", 2)
