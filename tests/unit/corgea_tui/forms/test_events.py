"""What a form learns from recent events: what passes, what completes, what would be sent."""

import json
from dataclasses import replace

import msgspec

from corgea_tui.client.client import Client
from corgea_tui.forms.events import MOST_READ, RecentEvents, event_of
from corgea_tui.forms.preview import filter_impact, impact_words, render
from corgea_tui.forms.suggestions import KnownValues, fitting, propose_projects, propose_values
from corgea_tui.forms.text import TextPosition
from corgea_tui.forms.validation import filters_of
from corgea_tui.forms.webhook_draft import ConditionRow, Draft
from daemon.domain.destinations import guide
from daemon.domain.events.catalogue import known_types
from daemon.domain.events.documented_samples import documented_sample
from daemon.domain.events.event import payload_bytes
from daemon.protocol import Problem
from tests.app.fake_daemon import FakeDaemon, event, event_detail, stamp

TYPES = known_types()


def made(event_id, event_type="scan.completed", **data):
    return event_of(payload_bytes(event_id, event_type, stamp(), json.dumps(data).encode()))


def sample(event_type="scan.completed"):
    return event_of(json.dumps(documented_sample(event_type)).encode())


class Pages(FakeDaemon):
    """Events by page, each with the data that a test gives it."""

    def __init__(self, count=0, page=3, total=None, **data):
        super().__init__()
        self.rows = [event(number) for number in range(count)]
        self.page, self.total, self.data = page, count if total is None else total, data

    async def call(self, call):
        path = call.path
        self.calls.append((call.method, path, call.query))
        if path == "/v1/events":
            start = int(call.query.get("cursor") or 0)
            items = self.rows[start : start + self.page]
            end = start + self.page
            return msgspec.json.encode(
                {
                    "items": items,
                    "next": str(end) if end < len(self.rows) else None,
                    "total": self.total,
                    "seq": 1,
                }
            )
        wanted = path.rsplit("/", 1)[1]
        row = next((row for row in self.rows if row.event_id == wanted), None)
        if row is None:
            from corgea_tui.client.errors import Refused

            raise Refused(Problem("gone", 404))
        payload = made(wanted, row.event_type, **self.data.get(wanted, {})).payload()
        return msgspec.json.encode(event_detail(row, payload=msgspec.Raw(payload)))


async def recent_of(daemon):
    recent = RecentEvents(lambda: None)
    await recent.read(Client(daemon))
    return recent


def filters(**draft):
    return filters_of(Draft(**{"events": ("scan.*", "issue.*"), **draft}), TYPES)


class TestRecent:
    async def test_all_pages_are_read_and_reported(self):
        told = []
        recent = RecentEvents(lambda: told.append(len(recent.listed)))
        await recent.read(Client(Pages(7)))
        assert told == [3, 6, 7]
        assert recent.complete
        assert not recent.cut

    async def test_no_more_than_a_bound_is_looked_into(self):
        daemon = Pages(MOST_READ + 50, page=200)
        recent = await recent_of(daemon)
        recent.request([row.event_id for row in recent.listed])
        await recent.read_requested(Client(daemon))
        assert len(recent.known()) == MOST_READ

    async def test_an_event_that_was_pruned_meanwhile_is_passed_over(self):
        recent = RecentEvents(lambda: None)
        recent.request(["gone"])
        await recent.read_requested(Client(Pages(0)))
        assert recent.event("gone") is None
        assert recent.known() == []


class TestPassing:
    async def test_types_and_projects_need_no_data(self):
        daemon = Pages(4)
        daemon.rows[0] = event(0, project="other")
        daemon.rows[1] = event(1, event_type="user.login", project=None)
        recent = await recent_of(daemon)
        found = filter_impact(filters(projects="proj-1"), recent)
        assert (found.passed, found.decided, found.unread) == (2, 4, ())
        assert impact_words(found, recent) == "2 of 4 events of the last 24 h"

    async def test_conditions_are_asked_of_the_data(self):
        daemon = Pages(3, e0={"issues_found": 9}, e1={"issues_found": 0}, e2={})
        recent = await recent_of(daemon)
        config = filters(conditions=(ConditionRow("data.issues_found", ">", "3"),))
        assert filter_impact(config, recent).unread == ("e0", "e1", "e2")
        assert "reading 3 events" in impact_words(filter_impact(config, recent), recent)
        recent.request(["e0", "e1"])
        await recent.read_requested(Client(daemon))
        found = filter_impact(config, recent)
        assert impact_words(found, recent) == "1 of 2 events; 3 in the last 24 h"
        recent.request(found.unread)
        await recent.read_requested(Client(daemon))
        assert (
            impact_words(filter_impact(config, recent), recent) == "1 of 3 events of the last 24 h"
        )

    async def test_the_status_filter_looks_at_one_type_only(self):
        daemon = Pages(2, e0={"status": "open"})
        daemon.rows[0] = event(0, event_type="issue.status_changed")
        recent = await recent_of(daemon)
        config = filters(statuses=("fixed",))
        assert filter_impact(config, recent).unread == ("e0",)
        recent.request(["e0"])
        await recent.read_requested(Client(daemon))
        assert filter_impact(config, recent).passed == 1

    async def test_too_many_events_are_said_to_be(self):
        recent = await recent_of(Pages(3, total=3))
        recent.total = None
        found = filter_impact(filters(), recent)
        assert impact_words(found, recent) == "3 of the newest 3 events; more in the last 24 h"

    def test_nothing_to_compare_with(self):
        recent = RecentEvents(lambda: None)
        assert impact_words(filter_impact(filters(), recent), recent) == "reading events …"
        recent.complete = True
        assert "no events" in impact_words(filter_impact(filters(), recent), recent)


class TestKnownValues:
    def test_paths_and_values_of_events(self):
        known = KnownValues()
        one = made(
            "e1", project={"id": "p1", "name": "Billing"}, urgency="CR", n=3, errors=[{"x": 1}]
        )
        known.learn([one, one, made("e2", "scan.failed", urgency="HI", failed=None)])
        assert known.paths(["scan.completed"]) == [
            "data.project.id",
            "data.project.name",
            "data.urgency",
            "data.n",
            "data.errors.0.x",
        ]
        assert "data.failed" in known.paths()
        assert known.values("data.urgency") == ["CR", "HI"]
        assert known.values("data.n") == ["3"]
        known.learn_project("p1", "Billing")
        assert known.projects == {"p1": "Billing"}

    def test_hostile_keys_and_values_are_not_proposed(self):
        known = KnownValues()
        known.learn(
            [made("e1", **{"a\x1b]0;x": 1, "b.c": 2, "": 3, "ok": "\x1b[2J", "d": "x" * 999})]
        )
        assert known.paths() == ["data.ok", "data.d"]
        assert known.values("data.ok") == ['"\\u001b[2J"']
        assert known.values("data.d") == []


class TestProposals:
    def test_beginnings_come_before_what_is_inside(self):
        assert fitting("BR", ["data.branch", "branch", "x"]) == ["branch", "data.branch"]

    def test_projects_are_found_by_name(self):
        projects = {"1d7f": "Production API", "2e80": "Billing", "3": ""}
        found = propose_projects("1d7f, bil", projects)
        assert [(each.value, each.label, each.note) for each in found] == [
            ("1d7f, 2e80", "Billing", "2e80")
        ]
        assert [each.value for each in propose_projects("", {"3": ""})] == ["3"]

    def test_beside_in_the_next_value_is_proposed(self):
        found = propose_values("CR, ", "in", ["CR", "HI"])
        assert [each.value for each in found] == ["CR, HI"]
        assert [each.value for each in propose_values("h", "=", ["CR", "HI"])] == ["HI"]
        assert propose_values("", "present", ["CR"]) == []


class TestPreview:
    def test_a_blank_template_is_the_default_payload(self):
        preview = render(Draft(), sample())
        assert preview.body == sample().payload()
        assert preview.words == f"{len(preview.body)} bytes, valid"

    def test_an_error_has_its_position(self):
        preview = render(Draft(body_template='{\n  "a": {{time}},\n  "b": }'), sample())
        assert preview.position == TextPosition(3, 8)
        assert preview.words.startswith("line 3, column 8: ")

    def test_slack_escapes_what_is_inserted(self):
        draft = Draft(type="slack", body_template='{"text":"{{data.x}}"}')
        assert json.loads(render(draft, made("e1", x="<!channel>")).body) == {
            "text": "&lt;!channel&gt;"
        }

    def test_gaps_of_a_destination_stay_gaps(self):
        template = guide("pagerduty").template
        draft = replace(Draft(), destination="pagerduty", body_template=template)
        assert b"<routing key" in render(draft, sample()).body
