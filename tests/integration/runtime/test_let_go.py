"""Memory holds of a deleted webhook what its history shows, and nothing that only sending needs."""

import asyncio

import pytest

from daemon.services.presenters import present_webhook
from tests.harness.receiver import accept_after
from tests.harness.rig import ADMIN


@pytest.fixture
def held(rig):
    """What is held for sending, by webhook."""
    service = rig.service

    def look():
        entries = service.registry.everything()
        return {
            "lanes": [lane.webhook for lane in service.dispatcher._lanes],
            "places": [*service.claim_slots._lanes],
            "templates": [*service.writer.memory.bodies._templates],
            "views": [entry.webhook.row for entry in entries if entry.views],
            "prepared": [entry.webhook.row for entry in entries if entry._prepared],
        }

    return look


async def test_what_sending_needs_is_let_go_with_the_webhook(rig, held):
    await rig.webhook("stays", body_template='{"n":"{{data.n}}"}')
    await rig.webhook("goes", body_template='{"n":"{{data.n}}"}')
    await rig.emit()
    await rig.settled(2)
    for entry in rig.service.registry.all():
        present_webhook(entry, rig.service.settings.delivery, urls=True)
    assert all(rows == [1, 2] for rows in held().values()), held()
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await rig.until(lambda: held()["lanes"] == [1])
    assert all(rows == [1] for rows in held().values()), held()


async def test_a_webhook_deleted_during_its_attempts_is_let_go_after_them(rig, held):
    gate = asyncio.Event()
    rig.receiver.answer = accept_after(gate)
    await rig.webhook("goes", retry={"concurrency": 2})
    for _ in range(9):
        await rig.emit()
    await rig.until(lambda: len(rig.receiver.received) == 2)
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await asyncio.sleep(0.1)
    assert held()["lanes"] == held()["places"] == [1]
    gate.set()
    await rig.until(lambda: not held()["lanes"])
    assert rig.service.claim_slots.taken == 0
    assert not held()["places"]
    await rig.until(lambda: rig.deliveries()[0].attempt == 1)


async def test_deleted_webhooks_have_no_lane_after_a_restart(rig):
    await rig.webhook("stays")
    await rig.webhook("goes")
    await rig.service.webhooks.delete("goes", None, ADMIN)
    await rig.restart()
    await rig.until(lambda: [lane.webhook for lane in rig.service.dispatcher._lanes] == [1])
    await rig.emit()
    await rig.settled(1)
