"""/v1/watch: live, resumed, filtered, with gaps where something was missed."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from daemon.api.handlers import watch
from daemon.services import change_stream
from daemon.store.queries import catch_up
from tests.harness.receiver import fail


class Stream:
    def __init__(self, lines):
        self._lines = lines
        self.blank = 0

    async def next(self, *types):
        """The next line of one of these types (of any)."""
        async with asyncio.timeout(5):
            async for line in self._lines:
                if not line:
                    self.blank += 1
                    continue
                change = json.loads(line)
                if not types or change["type"] in types:
                    return change
        raise AssertionError("the stream has ended")

    async def until(self, wanted):
        """Lines up to the first that `wanted` likes."""
        seen = []
        while True:
            seen.append(await self.next())
            if wanted(seen[-1]):
                return seen

    async def ended(self):
        async with asyncio.timeout(5):
            return [line async for line in self._lines if line]


@asynccontextmanager
async def watching(rig, **query):
    async with rig.client.stream("GET", "/v1/watch", params=query) as answer:
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = answer.aiter_lines()
        yield Stream(lines)
        await lines.aclose()


def done(change):
    return change["type"] == "delivery" and change["data"]["status"] == "succeeded"


async def test_changes_as_they_happen(rig):
    webhook = await rig.webhook()
    async with watching(rig) as stream:
        first = await stream.next()
        assert first["type"] == "daemon"
        assert first["data"]["seq"] == first["seq"]
        event = await rig.emit()
        seen = await stream.until(done)
        types = {change["type"] for change in seen}
        assert {"event", "delivery"} <= types
        assert seen[-1]["data"]["id"] == event["deliveries"][0]["id"]
        shown = (await rig.get(f"/v1/deliveries/{seen[-1]['data']['id']}")).json
        assert seen[-1]["data"] == {key: shown[key] for key in seen[-1]["data"]}
        change = await stream.next("webhook")
        assert change["data"]["id"] == webhook["id"]
        numbers = [change["seq"] for change in seen]
        assert numbers == sorted(numbers)


async def test_the_subscription_stands_before_the_answer_begins(rig):
    await rig.webhook()
    async with watching(rig) as stream:
        await rig.emit()
        assert (await stream.next("delivery"))["type"] == "delivery"


async def test_list_and_stream_join_without_a_seam(rig):
    await rig.webhook()
    await rig.emit()
    await rig.settled()
    listed = (await rig.get("/v1/deliveries")).json
    second = await rig.emit()
    await rig.settled()
    async with watching(rig, since=listed["seq"]) as stream:
        seen = await stream.until(done)
        ids = {change["data"]["id"] for change in seen if change["type"] == "delivery"}
        assert ids == {second["deliveries"][0]["id"]}


async def test_what_happened_meanwhile_comes_once_in_order(rig):
    webhook = await rig.webhook()
    async with watching(rig) as stream:
        since = (await stream.next("daemon"))["seq"]
    for _ in range(3):
        await rig.emit()
    await rig.settled()
    await rig.call("POST", f"/v1/webhooks/{webhook['id']}/pause")
    now = (await rig.get("/v1/jobs")).json["seq"]
    async with watching(rig, since=since) as stream:
        seen = await stream.until(lambda change: change["type"] == "daemon")
        kinds = [change["type"] for change in seen]
        assert kinds.count("event") == kinds.count("delivery") == 3
        assert kinds.count("webhook") == 1
        assert seen[-2]["type"] == "webhook"
        assert seen[-2]["data"]["state"] == "paused"
        assert [one["seq"] for one in seen] == sorted(one["seq"] for one in seen)
        assert seen[-1]["seq"] == now
    async with watching(rig, since=now) as stream:
        assert (await stream.next())["type"] == "daemon"


async def test_numbers_go_on_after_a_restart(rig):
    await rig.webhook()
    await rig.emit()
    await rig.settled()
    seq = (await rig.get("/v1/jobs")).json["seq"]
    await rig.stop()
    await rig.start()
    async with watching(rig, since=seq) as stream:
        assert (await stream.next())["type"] == "daemon"
        await rig.emit()
        assert (await stream.next("event"))["seq"] > seq


async def test_a_number_beyond_the_last_is_a_gap(rig):
    await rig.webhook()
    now = (await rig.get("/v1/jobs")).json["seq"]
    async with watching(rig, since=now + 1) as stream:
        assert await stream.next() == {"seq": now, "type": "gap", "data": {}}
        await rig.emit()
        assert (await stream.next("event"))["seq"] > now


async def test_too_long_ago_is_a_gap(rig, monkeypatch):
    monkeypatch.setattr(catch_up, "MOST", 4)
    await rig.webhook()
    for _ in range(3):
        await rig.emit()
    await rig.settled()
    now = (await rig.get("/v1/jobs")).json["seq"]
    async with watching(rig, since=0) as stream:
        assert await stream.next() == {"seq": now, "type": "gap", "data": {}}


async def test_a_watcher_that_does_not_read_gets_a_gap_and_delivery_goes_on(rig, monkeypatch):
    monkeypatch.setattr(change_stream, "MOST_WAITING", 20)
    await rig.webhook()
    event = {"filler": "x" * 50_000}
    async with watching(rig, filter="type:scan.*") as stream:
        (subscription,) = rig.service.hub._subscriptions
        stalled = asyncio.Event()
        real = watch._Stream._write

        async def slow(self, lines):
            if lines and lines != [b"\n"]:
                await stalled.wait()
            await real(self, lines)

        monkeypatch.setattr(watch._Stream, "_write", slow)
        for _ in range(30):
            await rig.emit(event)
        await rig.settled()
        await asyncio.sleep(0.1)
        assert subscription._missed
        stalled.set()
        gap = await stream.next("gap")
        assert gap["data"] == {}
        listed = (await rig.get("/v1/deliveries")).json
        assert listed["total"] == 30
        assert gap["seq"] <= listed["seq"]
        await rig.emit()
        assert (await stream.next("event"))["seq"] > gap["seq"]


async def test_a_quiet_stream_says_that_it_lives(rig, monkeypatch):
    monkeypatch.setattr(watch, "QUIET", 0.05)
    async with rig.client.stream("GET", "/v1/watch") as answer:
        pieces = []
        async with asyncio.timeout(5):
            async for piece in answer.aiter_bytes():
                pieces.append(piece)
                if b"".join(pieces).endswith(b"\n\n\n"):
                    break
    assert b"".join(pieces).count(b'"type"') == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status:failed", {("delivery", "bad", "failed")}),
        ("webhook:good status:succeeded", {("delivery", "good", "succeeded")}),
        ("needle status:succeeded", {("delivery", "good", "succeeded")}),
        ("type:user.*", {("event", "user.login", None)}),
        ("-type:scan.*", {("event", "user.login", None)}),
    ],
)
async def test_a_filter_lets_through_what_matches_and_nothing_else(rig, text, expected):
    await rig.webhook("good", events=["scan.*"])
    await rig.webhook("bad", url=rig.receiver.url("/bad"), events=["scan.*"])

    async def answer(request):
        return 503 if request.path == "/bad" else 200

    rig.receiver.answer = answer

    def facts(change):
        data = change["data"]
        return (change["type"], data.get("webhook_name", data["event_type"]), data.get("status"))

    async with watching(rig, filter=text) as stream:
        await rig.emit({"a": "hay"}, "scan.failed")
        await rig.emit({"a": "a needle"}, "scan.started")
        await rig.emit({"a": "needless"}, "user.login")
        await rig.settled()
        await asyncio.sleep(0.2)
        await rig.stop_watching()
        live = {facts(json.loads(line)) for line in await stream.ended()}
    assert live == expected
    if "needle" in text:
        return
    async with watching(rig, filter=text, since=0) as stream:
        await asyncio.sleep(0.1)
        await rig.stop_watching()
        again = {facts(json.loads(line)) for line in await stream.ended()}
    assert again == expected


async def test_a_needle_is_found_again_in_the_store(rig):
    await rig.webhook(events=["scan.*"])
    await rig.emit({"a": "hay"})
    wanted = await rig.emit({"a": "a needle"})
    await rig.settled()
    async with watching(rig, filter="needle", since=0) as stream:
        event, delivery = await stream.next(), await stream.next()
        assert event["data"]["event_id"] == delivery["data"]["event_id"] == wanted["event_id"]


async def test_deleted_webhooks_are_published(rig):
    webhook = await rig.webhook()
    async with watching(rig) as stream:
        await rig.call("DELETE", f"/v1/webhooks/{webhook['id']}", If_Match="1")
        change = await stream.next("webhook")
        assert change["data"]["deleted_at"] is not None
        assert change["data"]["id"] == webhook["id"]


async def test_jobs_are_published(rig):
    await rig.webhook()

    rig.receiver.answer = fail
    await rig.emit()
    await rig.settled()
    async with watching(rig) as stream:
        started = (await rig.call("POST", "/v1/deliveries/retry", {"filter": "status:failed"})).json
        states = []
        while "done" not in states:
            job = (await stream.next("job"))["data"]
            assert job["id"] == started["job_id"]
            states.append(job["state"])
        assert (job["matched"], job["started"], job["failed"]) == (1, 1, 1)


async def test_the_daemons_figures_come_when_they_change(rig):
    async with watching(rig) as stream:
        await stream.next("daemon")
        rig.service.intake.waiting += 5
        rig.api.tick()
        assert (await stream.next("daemon"))["data"]["queues"]["waiting"] == 5
        rig.service.intake.waiting -= 5


async def test_watchers_are_counted_and_forgotten(rig):
    async with watching(rig) as stream:
        await stream.next()
        peers = (await rig.get("/v1/peers")).json["items"]
        assert sorted(peer["watching"] for peer in peers) == [False, True]
        assert "corgea_watchers 1.0" in (await rig.get("/metrics")).body.decode()
    async with asyncio.timeout(5):
        while rig.service.hub._subscriptions:
            await asyncio.sleep(0.01)


async def test_watchers_do_not_hold_up_the_end(rig):
    async with watching(rig) as stream:
        await stream.next()
        async with asyncio.timeout(3):
            await rig.api.close()
        assert await stream.ended() == []


@pytest.mark.parametrize("query", [{"since": "-1"}, {"since": "x"}, {"filter": "a:b"}, {"q": "x"}])
async def test_bad_parameters(rig, query):
    answer = await rig.get("/v1/watch", **query)
    assert answer.status == 422
    assert answer.problems.keys() == query.keys()
    assert not rig.service.hub._subscriptions
