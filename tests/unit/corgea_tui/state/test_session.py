import msgspec
import pytest

from corgea_tui.client.api_call import RawChange
from corgea_tui.client.coalesce import Coalescer
from corgea_tui.client.errors import Unreachable
from corgea_tui.client.updates import LinkState, Phase, Snapshot, UpdateBatch
from corgea_tui.state.session import Session, alert
from corgea_tui.text.words import clock
from corgea_tui.views.details.triage import triage
from daemon.protocol import Page
from tests.app.fake_daemon import NOW, delivery, event, info, stamp, statistics, webhook


@pytest.fixture
def session():
    return Session(now=lambda: NOW)


def snapshot(role="admin", webhooks=()):
    page = Page([delivery(1)], None, 1, 5)
    return Snapshot(info(role), tuple(webhooks), page, 5)


@pytest.mark.parametrize(
    ("role", "needed", "blocked_reason"),
    [
        ("viewer", "viewer", None),
        ("viewer", "operator", "needs an operator: ann is a viewer here"),
        ("operator", "operator", None),
        ("operator", "admin", "needs an admin: ann is an operator here"),
        ("admin", "admin", None),
        ("producer", "viewer", "needs a viewer: ann is a producer here"),
    ],
)
def test_a_role_bars_what_it_may_not_do(session, role, needed, blocked_reason):
    session.apply(snapshot(role))
    assert session.blocked_reason(needed) == blocked_reason


def test_read_only_bars_all_but_looking():
    session = Session(readonly=True)
    session.apply(snapshot("admin"))
    assert session.blocked_reason("viewer") is None
    assert "--readonly" in session.blocked_reason("operator")


def test_before_the_first_connection_nothing_can_be_asked(session):
    assert "not connected" in session.blocked_reason("viewer")
    with pytest.raises(Unreachable):
        _ = session.client


def test_it_is_stale_from_the_loss_of_the_link_until_it_is_back(session):
    for phase, stale in [
        (Phase.CONNECTING, False),
        (Phase.CONNECTED, False),
        (Phase.LOST, True),
        (Phase.CONNECTING, True),
        (Phase.CONNECTED, False),
    ]:
        session.apply(LinkState(phase, "local"))
        assert session.stale is stale


def test_webhooks_come_change_and_go(session):
    session.apply(snapshot(webhooks=[webhook(), webhook(2)]))
    session.apply(UpdateBatch(webhooks=(webhook(name="New name"),), removed=("w2",)))
    assert [webhook.name for webhook in session.webhooks.values()] == ["New name"]


def test_events_are_kept_only_once_they_were_looked_at(session):
    session.apply(UpdateBatch(events=(event(1),)))
    assert len(session.events) == 0
    session.events.load(Page([], None, 0, 1))
    session.apply(UpdateBatch(events=(event(2),)))
    assert session.events.row(0).event.event_id == "e2"


def test_alerts_are_reported_once(session):
    session.apply(snapshot(webhooks=[webhook()]))
    session.apply(UpdateBatch(webhooks=(webhook(state="paused", paused_reason="by ann"),)))
    assert session.take_alerts() == ["Slack #security was paused: by ann"]
    assert session.take_alerts() == []


def test_what_is_worth_an_alert():
    failing = webhook(statistics=statistics(consecutive_failures=1))
    worse = webhook(statistics=statistics(consecutive_failures=2))
    paused = webhook(state="paused", paused_reason=None)
    assert alert(webhook(), failing) == "Slack #security starts failing"
    assert alert(failing, worse) is None
    assert alert(failing, paused) == "Slack #security was paused: by hand"
    assert alert(paused, webhook()) is None
    assert alert(None, paused) is None


def test_triage_puts_the_most_failures_in_a_row_first_and_says_since_when(session):
    webhooks = [
        webhook(1, name="Short", statistics=statistics(consecutive_failures=1)),
        webhook(2, name="Long", statistics=statistics(consecutive_failures=6)),
        webhook(3, name="Paused", state="paused", paused_at=stamp(-3600), paused_reason="x"),
        webhook(4, name="Fine"),
    ]
    runs = session.failure_runs
    assert [webhook.name for webhook in runs.unread(webhooks)] == ["Short", "Long"]
    assert runs.unread(webhooks) == []
    runs.take_failures(webhooks[1], [delivery(n, "failed", webhook_id="w2") for n in (970, 940)])
    said = ["".join(c.text for c in line) for line in triage(webhooks, runs, NOW, 120)]
    assert "Long" in said[0]
    assert f"before {clock(stamp(-60), NOW)}" in said[0]
    assert "503 Service Unavailable" in said[0]
    assert "Short" in said[1]
    assert "Paused" in said[2]
    assert f"since {clock(stamp(-3600), NOW)}" in said[2]
    assert not any("Fine" in line for line in said)


def test_the_failure_run_of_a_webhook_ends_with_its_last_failure(session):
    failing = webhook(statistics=statistics(consecutive_failures=2))
    session.failure_runs.unread([failing])
    session.failure_runs.take_failures(failing, [delivery(970, "failed"), delivery(940, "failed")])
    assert session.failure_runs.of(failing).whole
    session.apply(UpdateBatch(webhooks=(webhook(),)))
    assert session.failure_runs.of(failing) is None
    assert session.failure_runs.unread([failing]) == [failing]


def test_merged_changes_keep_the_latest_of_each_kind():
    changes = Coalescer()
    assert changes.take() is None
    changes.add(
        RawChange(number, kind, msgspec.Raw(msgspec.json.encode(data)))
        for number, (kind, data) in enumerate(
            [
                ("delivery", delivery(1, "pending")),
                ("event", event(1)),
                ("webhook", webhook()),
                ("delivery", delivery(1)),
                ("webhook", {"id": "w1", "deleted_at": "2025-01-15T14:30:00.000Z"}),
                ("daemon", info()),
                ("gap", {}),
            ]
        )
    )
    batch = changes.take()
    assert [row.status for row in batch.deliveries] == ["succeeded"]
    assert (batch.webhooks, batch.removed) == ((), ("w1",))
    assert batch.events[0].event_id == "e1"
    assert batch.daemon.login == "ann"
    assert changes.take() is None
