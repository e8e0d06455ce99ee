"""Answers that a real daemon gives too rarely to test against one: what the client makes of them.

respx routes the calls, httpx carries them: all but the socket is what the app uses.
"""

import contextlib
from time import monotonic

import httpx
import pytest
import respx

from corgea_tui.client import calls
from corgea_tui.client.client import Client
from corgea_tui.client.errors import (
    Forbidden,
    NotUnderstood,
    ProtocolMismatch,
    Refused,
    Unreachable,
)
from corgea_tui.client.httpx_carrier import ANSWER_TIMEOUT, STREAM_TIMEOUT, HttpxCarrier
from corgea_tui.client.link import Link
from corgea_tui.client.updates import LinkState, Phase, Snapshot, UpdateBatch
from tests.harness.control_server import change, daemon_info, delivery
from tests.harness.posted import Posted

EMPTY = {"items": [], "next": None, "total": 0, "seq": 41}


class Pieces(httpx.AsyncByteStream):
    """A body that arrives in these pieces; an exception breaks it off."""

    def __init__(self, *pieces):
        self._pieces = pieces

    async def __aiter__(self):
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def denied(_request):
    raise httpx.ConnectError("no") from PermissionError(13, "Permission denied")


def stream(*pieces):
    """Answers each call with a body of these pieces."""
    return lambda _request: httpx.Response(200, stream=Pieces(*pieces))


@pytest.fixture
def router():
    return respx.Router(base_url="http://corgea", assert_all_called=False)


def client_of(handler, tmp_path):
    return Client(HttpxCarrier(tmp_path / "control.sock", httpx.MockTransport(handler)))


@pytest.fixture
async def client(router, tmp_path):
    client = client_of(router.async_handler, tmp_path)
    yield client
    await client.close()


def problem(status, **more):
    return httpx.Response(status, json={"title": "No", "status": status, **more})


class TestRefusals:
    async def test_a_busy_daemon_says_when_to_call_again(self, router, client):
        busy = {"title": "Busy", "status": 503}
        router.post("/v1/events").respond(503, json=busy, headers={"Retry-After": "3"})
        with pytest.raises(Refused) as refused:
            await client.send(calls.emit(b"{}"))
        assert (refused.value.status, refused.value.retry_after) == (503, 3.0)

    @pytest.mark.parametrize("wait", ["soon", "-1", "", "Wed, 21 Oct 2026 07:28:00 GMT", "¾"])
    async def test_a_time_to_wait_that_is_not_seconds_is_ignored(self, router, client, wait):
        header = httpx.Headers({"Retry-After": wait}, encoding="utf-8")
        router.get("/v1/jobs").respond(429, headers=header, json={"title": "B", "status": 429})
        with pytest.raises(Refused) as refused:
            await client.send(calls.jobs())
        assert refused.value.retry_after is None

    async def test_a_stale_save_carries_the_webhook_as_it_is_now(self, router, client):
        route = router.put("/v1/webhooks/w1").mock(problem(412, current={"version": 9}))
        with pytest.raises(Refused) as refused:
            await client.send(calls.replace_webhook("w1", 7, {"name": "x"}))
        assert refused.value.problem.current == {"version": 9}
        assert route.calls.last.request.headers["If-Match"] == "7"

    async def test_all_complaints_arrive_with_their_fields(self, router, client):
        errors = [{"field": "url", "message": "must be https"}, {"field": "name", "message": "no"}]
        route = router.post("/v1/webhooks").mock(problem(422, errors=errors))
        with pytest.raises(Refused) as refused:
            await client.send(calls.add_webhook({"name": "x"}))
        assert [each.field for each in refused.value.fields] == ["url", "name"]
        assert route.calls.last.request.content == b'{"name":"x"}'
        assert route.calls.last.request.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("body", [b"", b"<html>bad gateway", b"{}", b'{"title":', b"\xff"])
    async def test_an_error_without_a_problem_gets_one(self, router, client, body):
        router.get("/v1/jobs").respond(502, content=body)
        with pytest.raises(Refused, match="the daemon answered 502") as refused:
            await client.send(calls.jobs())
        assert refused.value.status == 502

    async def test_a_redirect_is_not_followed(self, router, client):
        router.get("/v1/jobs").respond(302, headers={"Location": "http://elsewhere/"})
        with pytest.raises(Refused, match="the daemon answered 302"):
            await client.send(calls.jobs())


class TestProtocol:
    async def test_426_asks_for_another_version(self, router, client):
        router.get("/v1/jobs").mock(problem(426, detail="protocol 1 is no longer spoken"))
        with pytest.raises(ProtocolMismatch, match="no longer spoken") as mismatch:
            await client.send(calls.jobs())
        assert mismatch.value.advice == "upgrade corgea-tui"

    @pytest.mark.parametrize(("api", "upgrade"), [((2, 3), "corgea-tui"), ((0, 0), "corgea-daem")])
    async def test_the_side_to_upgrade_is_named_whatever_else_the_answer_holds(
        self, router, client, api, upgrade
    ):
        hello = {"version": "9", "api": {"min": api[0], "max": api[1]}, "queues": "another shape"}
        router.get("/v1/daemon").respond(json=hello)
        with pytest.raises(ProtocolMismatch) as mismatch:
            await client.daemon()
        assert mismatch.value.advice.startswith(f"upgrade {upgrade}")

    async def test_a_newer_daemon_may_send_more_keys(self, router, client):
        newer = daemon_info(api={"min": 1, "max": 7}, weather={"sun": True})
        router.get("/v1/daemon").respond(json=newer)
        assert (await client.daemon()).login == "ann"


class TestBrokenAnswers:
    @pytest.mark.parametrize("body", [b"", b"<html>", b'{"items":[', b"[]", b"\xff\xfe", b"null"])
    async def test_an_answer_that_cannot_be_read_says_so(self, router, client, body):
        router.get("/v1/deliveries").respond(200, content=body)
        with pytest.raises(NotUnderstood, match="the daemon's answer cannot be read"):
            await client.send(calls.deliveries())

    async def test_a_body_that_is_cut_short_is_a_lost_connection(self, router, client):
        cut = Pieces(b'{"items":[', httpx.RemoteProtocolError("peer closed connection"))
        router.get("/v1/deliveries").mock(httpx.Response(200, stream=cut))
        with pytest.raises(Unreachable, match="the daemon closed the connection"):
            await client.send(calls.deliveries())

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (httpx.ConnectError("refused"), "no daemon answers on .*control.sock"),
            (httpx.ReadTimeout("slow"), "the daemon does not answer"),
            (httpx.PoolTimeout("all in use"), "the daemon does not answer"),
            (httpx.ReadError("reset"), "the daemon closed the connection"),
            (httpx.WriteError("broken pipe"), "the daemon closed the connection"),
        ],
    )
    async def test_no_answer_is_explained(self, router, client, error, words):
        router.get("/v1/jobs").mock(side_effect=error)
        with pytest.raises(Unreachable, match=words):
            await client.send(calls.jobs())

    async def test_a_socket_of_another_user_is_not_called_a_daemon_that_is_away(self, tmp_path):
        client = client_of(denied, tmp_path)
        with pytest.raises(Forbidden, match="this user may not open"):
            await client.send(calls.jobs())

    async def test_an_answer_may_take_its_time_and_a_stream_may_not_fall_silent(
        self, router, client
    ):
        listed = router.get("/v1/jobs").respond(json=EMPTY)
        watched = router.get("/v1/watch").mock(side_effect=stream(b"\n"))
        await client.send(calls.jobs())
        assert [batch async for batch in client.changes(None)] == [[]]
        assert listed.calls.last.request.extensions["timeout"]["read"] == ANSWER_TIMEOUT
        assert watched.calls.last.request.extensions["timeout"]["read"] == STREAM_TIMEOUT


class TestRequests:
    async def test_parameters_that_are_not_given_are_left_out(self, router, client):
        route = router.get("/v1/deliveries").respond(json=EMPTY)
        await client.send(calls.deliveries("status:failed http:5xx", None, None))
        target = str(route.calls.last.request.url)
        assert target.endswith("/v1/deliveries?filter=status%3Afailed+http%3A5xx&limit=200")

    @pytest.mark.parametrize(
        ("event_id", "step"),
        [("..", "%2E%2E"), (".", "%2E"), ("...", "..."), ("a/b?c", "a%2Fb%3Fc"), ("é", "%C3%A9")],
    )
    async def test_an_id_stays_one_step_of_the_path(self, router, client, event_id, step):
        route = router.route().respond(json=[])
        assert await client.send(calls.explain(event_id)) == []
        assert route.calls.last.request.url.raw_path == f"/v1/events/{step}/explain".encode()

    async def test_a_payload_keeps_the_spelling_of_its_numbers(self, router, client):
        row = {**delivery("d1"), "attempts": []}
        body = httpx.Response(200, json=row).content[:-1] + b',"payload":{"n": 1.50}}'
        router.get("/v1/deliveries/d1").respond(content=body)
        assert bytes((await client.send(calls.delivery("d1"))).payload) == b'{"n": 1.50}'


class TestStreams:
    async def test_a_slow_stream_is_put_together_from_its_bytes(self, router, client):
        line = change(42, "delivery", delivery("d1"))
        slow = Pieces(*(bytes([byte]) for byte in b"\n" + line + line))
        router.get("/v1/watch").mock(httpx.Response(200, stream=slow))
        batches = [batch async for batch in client.changes(None)]
        assert [[each.seq for each in batch] for batch in batches] == [[], [42], [42]]

    async def test_a_stream_that_ends_within_a_line_gives_the_whole_lines_only(
        self, router, client
    ):
        line = change(42, "delivery", delivery("d1"))
        router.get("/v1/watch").mock(httpx.Response(200, stream=Pieces(line + line[:50])))
        batches = [batch async for batch in client.changes(41)]
        assert [[each.seq for each in batch] for batch in batches] == [[42]]

    async def test_a_stream_that_breaks_off_first_gives_what_came(self, router, client):
        line = change(42, "delivery", delivery("d1"))
        broken = Pieces(line, httpx.ReadError("reset"))
        router.get("/v1/watch").mock(httpx.Response(200, stream=broken))
        changes = client.changes(41)
        assert [each.seq for each in await anext(changes)] == [42]
        with pytest.raises(Unreachable, match="closed the connection"):
            await anext(changes)

    async def test_a_silent_stream_is_a_lost_connection(self, router, client):
        silent = Pieces(b"\n", httpx.ReadTimeout("nothing came"))
        router.get("/v1/watch").mock(httpx.Response(200, stream=silent))
        with pytest.raises(Unreachable, match="does not answer"):
            async for _ in client.changes(None):
                pass

    @pytest.mark.parametrize("garbage", [b"this is not JSON\n", b"{}\n", b"\xff\n"])
    async def test_a_line_that_cannot_be_read_is_not_passed_over(self, router, client, garbage):
        router.get("/v1/watch").mock(side_effect=stream(garbage))
        with pytest.raises(NotUnderstood, match="the stream of changes cannot be read"):
            async for _ in client.changes(None):
                pass

    async def test_a_stream_can_be_refused(self, router, client):
        router.get("/v1/watch").mock(problem(403, detail="producers see nothing"))
        with pytest.raises(Refused, match="producers see nothing"):
            async for _ in client.changes(None):
                pass

    async def test_an_export_comes_in_pieces_and_may_break_off(self, router, client):
        broken = Pieces(b"a,b\n", b"1,2\n", httpx.RemoteProtocolError("incomplete"))
        router.get("/v1/deliveries.csv").mock(httpx.Response(200, stream=broken))
        pieces = client.export("status:failed", "csv")
        assert [await anext(pieces), await anext(pieces)] == [b"a,b\n", b"1,2\n"]
        with pytest.raises(Unreachable, match="closed the connection"):
            await anext(pieces)


@contextlib.asynccontextmanager
async def linked(handler, tmp_path):
    posted, bugs = Posted(), []

    async def opened(_):
        return client_of(handler, tmp_path)

    link = Link(opened, posted, interval=0.01, failed=bugs.append, jitter=lambda: 0.0)
    link.start()
    try:
        yield link, posted
    finally:
        await link.close()
        assert bugs == []


@pytest.fixture
def healthy(router):
    """A daemon without webhooks and deliveries; a test replaces the route that it is about."""
    router.get("/v1/daemon", name="daemon").respond(json=daemon_info())
    router.get("/v1/webhooks", name="webhooks").respond(json=EMPTY)
    router.get("/v1/deliveries", name="deliveries").respond(json=EMPTY)
    router.get("/v1/watch", name="watch").mock(side_effect=stream(b"\n"))
    return router


class TestLink:
    async def test_it_waits_as_long_as_the_daemon_asks_for(self, healthy, tmp_path):
        busy = {"title": "Unavailable", "status": 503, "detail": "the disk is full"}
        healthy["daemon"].respond(503, json=busy, headers={"Retry-After": "7"})
        async with linked(healthy.async_handler, tmp_path) as (link, posted):
            state = await posted.until(lambda u: isinstance(u, LinkState) and u.retry_at)
            assert (state.phase, state.reason) == (Phase.REFUSED, "the disk is full")
            assert 6 < state.retry_at - monotonic() <= 7
            healthy["daemon"].respond(json=daemon_info())
            link.connect_now()
            await posted.phase(Phase.CONNECTED)

    async def test_a_daemon_that_is_too_new_is_named_until_one_side_is_upgraded(
        self, healthy, tmp_path
    ):
        healthy["daemon"].respond(json={"version": "9.0", "api": {"min": 7, "max": 9}})
        async with linked(healthy.async_handler, tmp_path) as (link, posted):
            state = await posted.phase(Phase.MISMATCH)
            assert state.reason == (
                "the daemon (9.0) speaks protocol 7 to 9, corgea-tui speaks 1: upgrade corgea-tui"
            )
            healthy["daemon"].respond(json=daemon_info(api={"min": 0, "max": 0}))
            link.connect_now()
            state = await posted.phase(Phase.MISMATCH)
            assert state.reason.endswith("upgrade corgea-daemon, then restart it")
            healthy["daemon"].respond(json=daemon_info())
            link.connect_now()
            await posted.phase(Phase.CONNECTED)

    async def test_a_refusal_is_reported_in_the_daemons_words(self, healthy, tmp_path):
        healthy["daemon"].mock(problem(403, detail="uid 1000 has no role here"))
        async with linked(healthy.async_handler, tmp_path) as (_, posted):
            assert (await posted.phase(Phase.REFUSED)).reason == "uid 1000 has no role here"

    async def test_a_stream_that_ends_within_a_line_is_resumed_after_the_last_whole_one(
        self, healthy, tmp_path
    ):
        whole = change(42, "delivery", delivery("d1"))
        healthy["watch"].side_effect = [
            httpx.Response(200, stream=Pieces(whole + whole[:30])),
            httpx.Response(200, stream=Pieces(change(43, "delivery", delivery("d2")))),
            httpx.Response(200, stream=Pieces(b"\n")),
        ]
        async with linked(healthy.async_handler, tmp_path) as (link, posted):
            assert [row.id for row in (await posted.batch()).deliveries] == ["d1"]
            lost = await posted.phase(Phase.LOST)
            assert lost.reason == "the daemon ended the stream of changes"
            link.connect_now()
            assert [row.id for row in (await posted.batch()).deliveries] == ["d2"]
            begun = [call.request.url.params["since"] for call in healthy["watch"].calls]
            assert begun[:2] == ["41", "42"]
            assert not any(isinstance(update, Snapshot) for update in posted.updates)

    async def test_garbage_counts_as_lost_and_what_came_before_it_stays(self, healthy, tmp_path):
        good = change(42, "delivery", delivery("d1"))
        healthy["watch"].side_effect = [
            httpx.Response(200, stream=Pieces(good, b"this is not JSON\n")),
            httpx.Response(200, stream=Pieces(change(43, "delivery", {"id": 5}))),
            httpx.Response(200, stream=Pieces(b"\n")),
        ]
        async with linked(healthy.async_handler, tmp_path) as (link, posted):
            batch = await posted.batch()
            assert [row.id for row in batch.deliveries] == ["d1"]
            assert "cannot be read" in (await posted.phase(Phase.LOST)).reason
            link.connect_now()
            assert (
                "a delivery from the daemon cannot be read"
                in (await posted.phase(Phase.LOST)).reason
            )

    async def test_a_change_that_only_a_newer_daemon_knows_is_passed_over(self, healthy, tmp_path):
        lines = change(42, "weather", {"sun": True}), change(43, "delivery", delivery("d1"))
        healthy["watch"].mock(httpx.Response(200, stream=Pieces(*lines)))
        async with linked(healthy.async_handler, tmp_path) as (_, posted):
            batch = await posted.until(lambda u: isinstance(u, UpdateBatch) and u.deliveries)
            assert [row.id for row in batch.deliveries] == ["d1"]

    async def test_lists_that_are_cut_short_are_read_again(self, healthy, tmp_path):
        cut = Pieces(b'{"items":[', httpx.RemoteProtocolError("peer closed connection"))
        healthy["deliveries"].side_effect = [
            httpx.Response(200, stream=cut),
            httpx.Response(200, json={**EMPTY, "items": [delivery("d1")]}),
        ]
        async with linked(healthy.async_handler, tmp_path) as (link, posted):
            assert (await posted.phase(Phase.LOST)).reason == "the daemon closed the connection"
            link.connect_now()
            snapshot = await posted.snapshot()
            assert [row.id for row in snapshot.deliveries.items] == ["d1"]

    async def test_a_socket_that_this_user_may_not_open_is_a_refusal(self, tmp_path):
        async with linked(denied, tmp_path) as (_, posted):
            assert "this user may not open" in (await posted.phase(Phase.REFUSED)).reason
