"""An event in the making, and what one caused, without any widget."""

import json

import msgspec
import pytest

from corgea_tui.forms.emit_result import EmitResult
from corgea_tui.forms.event_draft import EventDraft, draft_errors, draft_from
from daemon.domain.events.documented_samples import documented_sample
from daemon.domain.events.event import read_payload
from daemon.protocol import EventDetail, Explanation
from tests.app.fake_daemon import delivery, event

TYPES = ("scan.completed",)


def draft(data):
    return EventDraft("scan.completed", "e1", data)


class TestDraft:
    def test_it_begins_with_the_sample_under_a_new_id(self):
        raw = documented_sample("scan.completed")
        sample = read_payload(json.dumps(raw).encode())
        one, other = draft_from(sample, "scan.completed"), draft_from(sample, "scan.completed")
        assert json.loads(one.data) == raw["data"]
        assert one.event_id != other.event_id
        assert draft_from(None, "own.type").data == "{}"

    def test_the_spelling_of_numbers_stays_and_blanks_go(self):
        assert draft('{\n "n": 1.10, "big": 123456789012345678901234567890 }').body == (
            b'{"event_id":"e1","event_type":"scan.completed",'
            b'"data":{"n":1.10,"big":123456789012345678901234567890}}'
        )

    def test_a_project_takes_the_place_of_the_one_before(self):
        before = draft('{"a": 1.0, "project": {"id": "x"}, "b": 2}')
        assert before.project == ("x", "")
        after = before.with_project("p", "Billing")
        assert after.body.endswith(b'"data":{"a":1.0,"project":{"id":"p","name":"Billing"},"b":2}}')
        assert after.with_project("", "").project == ("", "")

    def test_data_that_cannot_be_read_stays(self):
        broken = draft('{"a":')
        assert broken.project is None
        assert broken.with_project("p", "") is broken

    def test_again_is_another_event_with_the_same_data(self):
        again = draft("{}").again()
        assert again.event_id != "e1"
        assert again.data == "{}"


class TestComplaints:
    def test_a_sound_one_has_none(self):
        assert not draft_errors(draft("{}"), TYPES).errors

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ("", "line 1, column 1"),
            ("[1]", "must be a JSON object"),
            ('{"n": NaN}', "JSON"),
            ("[" * 100 + "]" * 100, "must be a JSON object"),
            ('{"a":' * 100 + "1" + "}" * 100, "nests deeper than 64"),
            ('{"a":"\\ud800"}', "surrogate"),
            ('{"a":"' + "x" * 300_000 + '"}', "at most 262,144"),
            ('{} , "event_id": "x"', "column 4"),
        ],
    )
    def test_what_the_daemon_would_refuse_is_said(self, data, words):
        found = draft_errors(draft(data), TYPES)
        assert words in " ".join(found.errors["data"])

    def test_other_fields_have_their_own(self):
        found = draft_errors(EventDraft("webhook.test", "no id", "{}"), TYPES)
        assert found.errors.keys() == {"event_type", "event_id"}


class TestCaused:
    def caused(self, *deliveries, decisions=("matched",), duplicate=False):
        detail = EventDetail(
            **msgspec.structs.asdict(event(1)), payload={}, deliveries=list(deliveries)
        )
        found = [Explanation(f"w{n}", f"W{n}", each, "") for n, each in enumerate(decisions)]
        return EmitResult(detail, found, duplicate=duplicate)

    def words(self, caused):
        return "".join(cell.text for cell in caused.heading())

    def test_it_tells_how_all_of_them_ended(self):
        rows = [delivery(n, status) for n, status in enumerate(("failed", "succeeded"))]
        caused = self.caused(*rows, decisions=("matched", "matched", "paused"))
        assert self.words(caused) == " Caused  went to 2 of 3 webhooks   ✖ 1 succeeded, 1 failed"

    def test_one_that_appears_later_is_taken_in(self):
        caused = self.caused()
        assert caused.take([delivery(7, "discarded", event_id="e1")])
        assert self.words(caused).endswith("▲ 1 discarded")
