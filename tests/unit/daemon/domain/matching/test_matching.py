"""Which webhooks get an event."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.events.catalogue import STATUSES
from daemon.domain.events.event import AcceptedEvent, matching_facts
from daemon.domain.matching.decisions import (
    EventFacts,
    WebhookDecision,
    decode_decisions,
    encode_decisions,
    words,
)
from daemon.domain.matching.matcher import Matcher
from daemon.domain.matching.rules import Decision, Selection, filter_decision
from daemon.domain.webhooks.config import Condition, WebhookConfig, WebhookState

D = Decision


class Hook(msgspec.Struct, frozen=True):
    row: int
    config: WebhookConfig
    state: WebhookState = WebhookState.ACTIVE
    paused_reason: str | None = None
    paused_at: int | None = None
    deleted_at: int | None = None


def config(*events: str, **changes) -> WebhookConfig:
    return WebhookConfig("n", "https://example.com/", events, **changes)


def event(event_type: str = "scan.completed", **data) -> AcceptedEvent:
    raw = json.dumps(data).encode()
    return AcceptedEvent("evt-1", event_type, "2025-01-15T14:30:00.000Z", raw, *matching_facts(raw))


@pytest.mark.parametrize(
    ("webhook", "facts", "decision"),
    [
        (config("scan.completed"), ("scan.completed", None, None), None),
        (config("scan.*"), ("scan.completed", None, None), None),
        (config("scan.*"), ("scan.deep.er", None, None), None),
        (config("scan.*"), ("scanner.on", None, None), D.NOT_SUBSCRIBED),
        (config("scan.failed", "issue.*"), ("scan.completed", None, None), D.NOT_SUBSCRIBED),
        (config("scan.*", projects=("p1",)), ("scan.started", "p1", None), None),
        (config("scan.*", projects=("p1",)), ("scan.started", "p2", None), D.PROJECT_FILTER),
        (config("user.*", projects=("p1",)), ("user.login", None, None), D.PROJECT_FILTER),
        (config("issue.*", statuses=("open",)), ("issue.status_changed", None, "open"), None),
        (
            config("issue.*", statuses=("open",)),
            ("issue.status_changed", None, "fixed"),
            D.STATUS_FILTER,
        ),
        (
            config("issue.*", statuses=("open",)),
            ("issue.status_changed", None, None),
            D.STATUS_FILTER,
        ),
        (config("issue.*", statuses=("open",)), ("issue.assigned", None, "fixed"), None),
        (config("scan.*", statuses=("open",)), ("scan.completed", None, None), None),
        (
            config("issue.*", statuses=("open",), projects=("p1",)),
            ("issue.status_changed", "p2", "fixed"),
            D.PROJECT_FILTER,
        ),
    ],
)
def test_filters(webhook, facts, decision):
    assert filter_decision(webhook, *facts) is decision


def test_conditions_come_after_the_filters():
    wants_high = config(
        "scan.*", projects=("p1",), conditions=(Condition("data.issues_found", ">", 5),)
    )
    selection = Selection(wants_high)
    assert selection.decide(event(project={"id": "p2"}, issues_found=1)) is D.PROJECT_FILTER
    assert selection.decide(event(project={"id": "p1"}, issues_found=1)) is D.CONDITION
    assert selection.decide(event(project={"id": "p1"}, issues_found=9)) is D.MATCHED


def test_a_previous_status_is_no_status():
    selection = Selection(config("issue.*", statuses=("open",)))
    changed = event("issue.status_changed", status="fixed", previous_status="open")
    assert selection.decide(changed) is D.STATUS_FILTER


def test_paused_webhooks_are_distinguished_and_deleted_ones_left_out():
    active, paused = (
        Hook(1, config("scan.*")),
        Hook(2, config("scan.*"), WebhookState.PAUSED, "why", 0),
    )
    router = Matcher([active, paused, Hook(3, config("user.*"))])
    router.keep(Hook(4, config("scan.*"), deleted_at=5))
    routing = router.match(event())
    assert list(routing.matched) == [active]
    assert list(routing.paused) == [paused]
    assert routing.webhooks == 3


def test_a_change_counts_from_the_next_event_on():
    router = Matcher([Hook(1, config("scan.*"))])
    assert len(router.match(event()).matched) == 1
    router.keep(Hook(1, config("user.*")))
    assert not router.match(event()).matched
    router.keep(Hook(1, config("scan.*", projects=("p1",))))
    assert len(router.match(event(project={"id": "p1"})).matched) == 1
    router.keep(Hook(1, config("scan.*"), deleted_at=1))
    assert router.match(event()).webhooks == 0


def test_conditions_are_asked_before_the_state_is_looked_at():
    condition = (Condition("data.branch", "=", "main"),)
    router = Matcher(
        [Hook(1, config("scan.*", conditions=condition), WebhookState.PAUSED, "why", 0)]
    )
    assert not router.match(event(branch="dev")).paused
    assert len(router.match(event(branch="main")).paused) == 1


def test_the_matched_come_in_the_order_of_their_rows():
    condition = (Condition("data.branch", "present"),)
    webhooks = [Hook(n, config("scan.*", conditions=condition if n % 2 else ())) for n in range(9)]
    assert list(Matcher(webhooks).match(event(branch="x")).matched) == webhooks


def test_a_test_is_recorded_as_matching_one_alone():
    webhooks = [Hook(n, config("scan.*")) for n in (1, 2, 5)]
    decided = {
        d.row: d.decision for d in decode_decisions(Matcher(webhooks).test_record(webhooks[1]))
    }
    assert decided == {1: D.NOT_SUBSCRIBED, 2: D.MATCHED, 5: D.NOT_SUBSCRIBED}


PROJECTS = st.sampled_from(["p1", "p2", "p3"])
CONFIGS = st.builds(
    config,
    st.sampled_from(["scan.*", "issue.*", "issue.status_changed", "scan.failed"]),
    st.sampled_from(["user.login", "scan.started"]),
    projects=st.lists(PROJECTS, unique=True, max_size=2).map(tuple),
    statuses=st.lists(st.sampled_from(STATUSES), unique=True, max_size=2).map(tuple),
    conditions=st.lists(
        st.builds(Condition, st.just("data.n"), st.sampled_from([">", "<"]), st.integers(0, 3)),
        max_size=2,
    ).map(tuple),
)
HOOKS = st.lists(
    st.builds(
        Hook,
        st.integers(1, 500),
        CONFIGS,
        st.sampled_from(WebhookState),
        st.just("why"),
        st.just(7),
    ),
    unique_by=lambda webhook: webhook.row,
    max_size=8,
)
EVENTS = st.builds(
    event,
    st.sampled_from(["scan.failed", "issue.status_changed", "issue.assigned", "user.login"]),
    project=st.none() | st.fixed_dictionaries({"id": PROJECTS | st.just("p9")}),
    status=st.none() | st.sampled_from(STATUSES) | st.just("weird"),
    n=st.integers(0, 3),
)


@given(HOOKS, st.lists(EVENTS, max_size=6))
def test_the_router_decides_as_each_webhook_alone_would(webhooks, events):
    router = Matcher(webhooks)
    for one in events:
        expected = {}
        for webhook in webhooks:
            decision = Selection(webhook.config).decide(one)
            paused = decision is D.MATCHED and webhook.state is WebhookState.PAUSED
            expected[webhook.row] = D.PAUSED if paused else decision
        routing = router.match(one)
        decided = decode_decisions(routing.record)
        assert {d.row: d.decision for d in decided} == expected
        assert {h.row for h in routing.matched} == {
            row for row, decision in expected.items() if decision is D.MATCHED
        }
        assert {h.row for h in routing.paused} == {
            row for row, decision in expected.items() if decision is D.PAUSED
        }
        assert routing.webhooks == len(webhooks)
        names = EventFacts(one.event_type, one.project_id, one.status)
        assert all(words(d.decision, d.detail, names) or d.decision is D.MATCHED for d in decided)


DECIDED = st.builds(
    WebhookDecision,
    st.integers(0, 10**6),
    st.sampled_from(sorted(set(Decision) - {D.CREATED_LATER})),
    st.none() | st.lists(st.none() | st.text(max_size=5) | st.integers(0, 9)).map(tuple),
)


@given(st.lists(DECIDED, unique_by=lambda decided: decided.row, max_size=30))
def test_a_record_gives_back_what_was_decided(decided):
    in_order = sorted(decided, key=lambda one: one.row)
    assert decode_decisions(encode_decisions(decided)) == in_order


def test_an_empty_record_decides_nothing():
    assert decode_decisions(b"") == []


def test_a_thousand_webhooks_that_do_not_want_an_event_cost_a_few_bytes():
    router = Matcher(Hook(n, config("scan.failed")) for n in range(1, 1001))
    record = router.match(event()).record
    assert len(record) < 40
    assert len(decode_decisions(record)) == 1000


def test_details_stop_where_they_would_outgrow_the_event():
    router = Matcher(Hook(n, config("scan.*", projects=(f"project-{n}",))) for n in range(1000))
    record = router.match(event(project={"id": "another"})).record
    assert len(record) < 4000
    decided = decode_decisions(record)
    assert decided[0].detail == (1, "project-0")
    assert decided[-1].detail is None
    assert words(decided[-1].decision, None, EventFacts("scan.completed", "x")) == (
        "requires other projects; the event has x"
    )


def explained(webhook: Hook, one: AcceptedEvent, project: str | None = None, names=None) -> str:
    (decided,) = decode_decisions(Matcher([webhook]).match(one).record)
    facts = EventFacts(one.event_type, project, one.status)
    return words(decided.decision, decided.detail, facts, names)


def test_words():
    assert explained(Hook(1, config("scan.failed", "user.*")), event()) == (
        "to scan.completed (subscribes to scan.failed, user.*)"
    )
    filtered = Hook(1, config("scan.*", projects=("p1", "p2")))
    assert explained(filtered, event(), "Billing", {"p1": "Production API"}) == (
        "requires Production API, p2; the event has Billing"
    )
    assert explained(filtered, event()) == "requires p1, p2; the event has no project"
    many = Hook(1, config("scan.*", projects=tuple(f"p{n}" for n in range(9))))
    assert explained(many, event(), "X") == "requires p0, p1, p2, p3 and 5 more; the event has X"
    status = Hook(1, config("issue.*", statuses=("open", "fixed")))
    changed = event("issue.status_changed", status="duplicate")
    assert explained(status, changed) == "requires open, fixed; the event has duplicate"
    assert explained(status, event("issue.status_changed")).endswith("the event has no status")
    urgent = Hook(1, config("scan.*", conditions=(Condition("data.urgency", "in", ["CR", "HI"]),)))
    assert (
        explained(urgent, event(urgency="LO"))
        == 'requires data.urgency in CR, HI; the event has "LO"'
    )
    assert (
        explained(urgent, event()) == "requires data.urgency in CR, HI; the event does not have it"
    )
    huge = AcceptedEvent("evt-1", "scan.failed", "2025-01-15T14:30:00.000Z", b'{"urgency":-1e999}')
    assert explained(urgent, huge).endswith("; the event has a number beyond -1e308")
    paused = Hook(
        1, config("scan.*"), WebhookState.PAUSED, "10 failures in a row", 1_736_951_400_000
    )
    assert explained(paused, event()) == "since 2025-01-15T14:30:00.000Z, 10 failures in a row"
    assert words(D.CREATED_LATER, None, EventFacts("scan.completed")) == "created after this event"


def test_long_values_are_cut_in_the_record():
    webhook = Hook(1, config("scan.*", conditions=(Condition("data.text", "=", "x" * 9000),)))
    assert len(Matcher([webhook]).match(event(text="y" * 9000)).record) < 1000
