"""The two clients send the same calls and fail with the same errors: over one real socket."""

import asyncio

import pytest

from corgea_tui.client import calls
from corgea_tui.client.errors import (
    ClientError,
    NotUnderstood,
    ProtocolMismatch,
    Refused,
    Unreachable,
)
from corgea_tui.client.host import UnixHost
from corgea_tui.client.httpx_carrier import connect
from corgea_tui.client.lean_client import LeanClient
from tests.harness.control_server import delivery


async def both(server, call):
    """What the commands' client and the app's make of a call: an answer or an error."""

    def lean():
        with LeanClient(UnixHost(server.path, named=True)) as client:
            return client.send(call)

    async def on_httpx():
        client = connect(server.path)
        try:
            await client.daemon()
            return await client.send(call)
        finally:
            await client.close()

    results = []
    for work in (asyncio.to_thread(lean), on_httpx()):
        try:
            results.append(await work)
        except ClientError as error:
            results.append(error)
    return results


async def test_an_answer_decodes_to_the_same(server):
    server.deliveries = [delivery("d1"), delivery("d2", status="failed")]
    one, other = await both(server, calls.deliveries("status:failed"))
    assert one == other
    assert [row.id for row in one.items] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("status", "answer", "kind", "code"),
    [
        (403, {"title": "No", "status": 403, "detail": "viewers may not"}, Refused, 4),
        (404, {"title": "Not found", "status": 404}, Refused, 1),
        (
            422,
            {"title": "I", "status": 422, "errors": [{"field": "filter", "message": "bad"}]},
            Refused,
            2,
        ),
        (426, {"title": "Upgrade", "status": 426}, ProtocolMismatch, 76),
        (503, b"<html>", Refused, 1),
        (200, b'{"items":', NotUnderstood, 76),
        (200, [], NotUnderstood, 76),
    ],
)
async def test_an_error_is_the_same(server, status, answer, kind, code):
    server.answers["/v1/deliveries"] = (status, answer)
    errors = await both(server, calls.deliveries())
    assert [type(error) for error in errors] == [kind, kind]
    assert [error.exit_code for error in errors] == [code, code]
    assert errors[0].message == errors[1].message
    assert errors[0].advice == errors[1].advice


@pytest.mark.parametrize("api", [{"min": 2, "max": 3}, {"min": 0, "max": 0}])
async def test_no_common_protocol_is_the_same_error(server, api):
    server.answers["/v1/daemon"] = (200, {"version": "9", "api": api})
    errors = await both(server, calls.jobs())
    assert [type(error) for error in errors] == [ProtocolMismatch, ProtocolMismatch]
    assert errors[0].args == errors[1].args
    assert errors[0].advice == errors[1].advice


async def test_a_daemon_that_is_away_is_the_same_error(server):
    await server.stop()
    errors = await both(server, calls.jobs())
    assert [type(error) for error in errors] == [Unreachable, Unreachable]
    assert errors[0].advice == errors[1].advice
    assert all(error.message.startswith(f"no daemon answers on {server.path}") for error in errors)


@pytest.mark.parametrize(
    "call",
    [
        calls.deliveries("a b:c", cursor="x&y", before="2026-11-23"),
        calls.explain(".."),
        calls.explain("a/b?c"),
        calls.webhook_statistics("é", "1h"),
        calls.changes(7, 'webhook:"a b"'),
    ],
)
async def test_the_same_target_is_asked_for(server, call):
    seen = []
    answer_one = server._answer_one

    async def noted(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ", 2)[1]
        again = asyncio.StreamReader()
        again.feed_data(head)
        if b"/v1/daemon" not in target:
            seen.append(target)
            server.answers[target.decode().split("?")[0]] = (404, {"title": "no", "status": 404})
        return await answer_one(again, writer)

    server._answer_one = noted
    errors = await both(server, call)
    assert [error.status for error in errors] == [404, 404]
    assert len(seen) == 2
    assert seen[0] == seen[1]
