import contextlib

import pytest

from corgea_tui.client.errors import Unreachable
from corgea_tui.client.httpx_carrier import connect
from corgea_tui.client.link import LONGEST_WAIT, Link
from corgea_tui.client.updates import Phase, Snapshot
from tests.harness.control_server import ControlServer, change, delivery
from tests.harness.posted import Posted


@contextlib.asynccontextmanager
async def linked(server, interval=0.01):
    posted, failures = Posted(), []

    async def opened(_):
        return connect(server.path)

    link = Link(opened, posted, interval=interval, failed=failures.append, jitter=lambda: 0.0)
    link.start()
    try:
        yield link, posted
    finally:
        await link.close()
        assert failures == []


async def test_it_reads_the_lists_then_follows_the_stream_from_there(server):
    server.seq, server.deliveries = 41, [delivery("d1")]
    async with linked(server) as (link, posted):
        snapshot = await posted.snapshot()
        assert [d.id for d in snapshot.deliveries.items] == ["d1"]
        assert not snapshot.gap
        await posted.phase(Phase.CONNECTED)
        await server.send(change(42, "delivery", delivery("d2", status="pending")))
        batch = await posted.batch()
        assert [(d.id, d.status) for d in batch.deliveries] == [("d2", "pending")]
        assert server.watched_from == ["/v1/watch?since=41"]
        assert (await link.client.daemon()).role == "admin"


async def test_changes_of_one_object_merge_into_its_latest_state(server):
    async with linked(server, interval=0.05) as (_, posted):
        await posted.phase(Phase.CONNECTED)
        await server.send(
            change(1, "delivery", delivery("d1", status="pending")),
            change(2, "delivery", delivery("d2")),
            change(3, "delivery", delivery("d1", status="failed")),
        )
        batch = await posted.batch()
        assert [(d.id, d.status) for d in batch.deliveries] == [
            ("d1", "failed"),
            ("d2", "succeeded"),
        ]


async def test_after_a_break_it_resumes_from_the_last_change(server):
    async with linked(server) as (link, posted):
        await posted.phase(Phase.CONNECTED)
        await server.send(change(7, "delivery", delivery("d1")))
        await posted.batch()
        server.drop()
        lost = await posted.phase(Phase.LOST)
        assert lost.last_contact is not None
        with pytest.raises(Unreachable, match="not connected"):
            _ = link.client
        link.connect_now()
        await posted.phase(Phase.CONNECTED)
        assert not any(isinstance(update, Snapshot) for update in posted.updates)
        assert await server.watched(2) == ["/v1/watch?since=0", "/v1/watch?since=7"]


async def test_a_gap_brings_the_lists_again_and_says_so(server):
    async with linked(server) as (_, posted):
        await posted.phase(Phase.CONNECTED)
        server.seq, server.deliveries = 900, [delivery("d9")]
        await server.send(change(900, "gap", {}))
        snapshot = await posted.snapshot()
        assert snapshot.gap
        assert [d.id for d in snapshot.deliveries.items] == ["d9"]
        await server.send(change(901, "delivery", delivery("d10")))
        assert [d.id for d in (await posted.batch()).deliveries] == ["d10"]


async def test_it_waits_for_a_daemon_that_is_not_there_yet(tmp_path):
    server = ControlServer(tmp_path / "control.sock")
    async with linked(server) as (link, posted):
        lost = await posted.phase(Phase.LOST)
        assert "no daemon answers" in lost.reason
        assert lost.last_contact is None
        await server.start()
        link.connect_now()
        await posted.phase(Phase.CONNECTED)
    await server.stop()


async def test_it_never_waits_longer_than_ten_seconds(server):
    async with linked(server) as (link, posted):
        await posted.phase(Phase.CONNECTED)
        link._jitter = lambda: 1.0
        waits = [link._wait(tries) for tries in range(1, 100)]
        assert waits == sorted(waits)
        assert max(waits) == LONGEST_WAIT


async def test_a_deleted_webhook_is_distinguished(server):
    async with linked(server) as (_, posted):
        await posted.phase(Phase.CONNECTED)
        await server.send(
            change(1, "webhook", {"id": "w1", "deleted_at": "2025-01-15T14:30:00.000Z"})
        )
        assert (await posted.batch()).removed == ("w1",)
