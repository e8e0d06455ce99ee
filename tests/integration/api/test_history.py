"""The history over the socket: lists, details, explain, exports."""

import asyncio
import csv
import io

import pytest

from daemon.api.handlers import deliveries, exports
from daemon.api.handlers.exports import HEAD
from daemon.protocol.refusal import unavailable
from daemon.store.database import Readers, execute
from tests.harness.client import raw_connection


def endless(db, *_):
    execute(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT sum(i) FROM n")


async def test_a_search_that_takes_too_long_says_how_to_narrow_it(rig, history, monkeypatch):
    monkeypatch.setitem(Readers.run.__kwdefaults__, "seconds", -1.0)
    monkeypatch.setattr(deliveries, "find_page_and_total", endless)
    answer = await rig.get("/v1/deliveries", q="needle")
    assert (answer.status, answer.json["status"]) == (503, 503)
    assert "narrow it" in answer.json["detail"]


async def test_a_list_of_deliveries(rig, history):
    good, bad, events = history
    page = (await rig.get("/v1/deliveries")).json
    assert page.keys() == {"items", "next", "total", "seq"}
    assert (page["total"], page["next"]) == (3, None)
    newest, *_ = page["items"]
    assert newest["event_id"] == events[1]
    failed = (await rig.get("/v1/deliveries", filter="status:failed")).json["items"]
    assert failed == [one for one in page["items"] if one["webhook_id"] == bad["id"]]
    (one,) = failed
    assert one["http_status"] == 503
    assert one["error"] == {"kind": "http", "message": one["error"]["message"]}
    assert (one["attempt"], one["max_attempts"], one["kind"]) == (3, 3, "event")
    assert (one["project"], one["project_name"]) == ("p-1", "Web")
    assert one["url"] == rig.receiver.url("/bad")
    assert page["seq"] == (await rig.get("/v1/daemon")).json["seq"]
    assert good["id"] != bad["id"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "failed"}, 1),
        ({"webhook": "good"}, 2),
        ({"event_type": "scan.*"}, 3),
        ({"event_type": "scan.failed", "webhook": "good"}, 1),
        ({"http_status": "5xx"}, 1),
        ({"project": "p-1"}, 2),
        ({"from": "2020-01-01"}, 3),
        ({"to": "2020-01-01"}, 0),
        ({"q": "scan-7"}, 2),
        ({"q": "scan-7", "status": "succeeded"}, 1),
        ({"filter": "status:failed", "status": "succeeded"}, 0),
        ({"filter": "status:failed status:succeeded", "webhook": "bad"}, 1),
        ({"filter": "-webhook:bad", "limit": 1}, 1),
    ],
)
async def test_short_forms_and_the_filter_are_joined_by_and(rig, history, query, count):
    answer = await rig.get("/v1/deliveries", **query)
    assert len(answer.json["items"]) == count


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"limit": "0"}, {"limit"}),
        ({"limit": "501"}, {"limit"}),
        ({"limit": "ten"}, {"limit"}),
        ({"cursor": "nonsense"}, {"cursor"}),
        (
            {"status": "done", "http_status": "1000", "from": "soon"},
            {"status", "http_status", "from"},
        ),
        ({"filter": "colour:red", "limit": "-1", "cursor": "?"}, {"filter", "limit", "cursor"}),
        ({"filter": 'a "b'}, {"filter"}),
        ({"stauts": "failed"}, {"stauts"}),
    ],
)
async def test_bad_parameters_are_reported_all_at_once(rig, query, fields):
    for path in ("/v1/deliveries", "/v1/deliveries.csv"):
        known = {**query}
        if path.endswith("csv"):
            known.pop("limit", None)
            known.pop("cursor", None)
        if known:
            answer = await rig.get(path, **known)
            assert answer.status == 422
            assert answer.problems.keys() == fields & known.keys()
    unknown = await rig.get("/v1/deliveries", filter="x colour:red")
    assert "status" in unknown.problems["filter"]
    assert "at character 3" in unknown.problems["filter"]


async def test_a_parameter_given_twice_is_an_error(rig):
    answer = await rig.client.get("/v1/deliveries?status=failed&status=pending")
    assert answer.status_code == 422


async def test_pages_by_cursor(rig):
    await rig.webhook(events=["scan.*"])
    for _ in range(7):
        await rig.emit()
    await rig.settled()
    seen, cursor = [], None
    for size in (3, 3, 1):
        page = (
            await rig.get("/v1/deliveries", limit=3, **({"cursor": cursor} if cursor else {}))
        ).json
        assert len(page["items"]) == size
        assert page["total"] >= 7
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        await rig.emit()
    assert cursor is None
    assert len(set(seen)) == 7


async def test_a_delivery_with_all_that_is_known_of_it(rig, history):
    _, bad, _ = history
    (listed,) = (await rig.get("/v1/deliveries", webhook="bad")).json["items"]
    detail = (await rig.get(f"/v1/deliveries/{listed['id']}")).json
    assert {key: detail[key] for key in listed} == listed
    assert detail["scan_id"] == "scan-7"
    assert detail["delivered_at"] is None
    assert detail["payload"]["data"]["scan_id"] == "scan-7"
    assert [attempt["number"] for attempt in detail["attempts"]] == [1, 2, 3]
    attempt = detail["attempts"][0]
    headers = {header["name"]: header["value"] for header in attempt["request"]["headers"]}
    received = next(one for one in rig.receiver.received if one.path == "/bad")
    for name, value in headers.items():
        assert received.headers[name.lower()] == value
    assert attempt["request"]["body"].encode() == received.body
    assert attempt["request"]["url"] == bad["url"]
    assert attempt["response"]["body"] == "ok"
    assert {"name": "X-Receiver", "value": "test"} in attempt["response"]["headers"]
    assert attempt["phases"].keys() == {"dns", "connect", "tls", "first_byte"}
    assert attempt["error"]["kind"] == "http"
    good = (await rig.get("/v1/deliveries", webhook="good", event_type="scan.completed")).json
    detail = (await rig.get(f"/v1/deliveries/{good['items'][0]['id']}")).json
    assert detail["delivered_at"] == detail["finished_at"] is not None


async def test_credentials_and_signatures_in_the_detail(rig):
    webhook = await rig.webhook(
        secret="s" * 32,
        headers=[
            {"name": "Authorization", "value": "Bearer 12345678"},
            {"name": "X-Team", "value": "red"},
        ],
        body_template='{"text": "{{event_type}}"}',
    )
    event = await rig.emit()
    await rig.settled()
    detail = (await rig.get(f"/v1/deliveries/{event['deliveries'][0]['id']}")).json
    sent = {
        header["name"]: header["value"] for header in detail["attempts"][0]["request"]["headers"]
    }
    received = rig.receiver.received[0].headers
    assert sent["Authorization"] == "••••5678"
    assert sent["X-Team"] == "red"
    assert sent["X-Corgea-Signature"] == received["x-corgea-signature"]
    assert detail["custom_body"] == detail["attempts"][0]["request"]["body"]
    assert detail["custom_body"] == '{"text": "scan.completed"}'
    assert webhook["version"] == 1


async def test_what_is_not_there_is_named(rig):
    for path in (
        "/v1/deliveries/nobody",
        "/v1/events/nobody",
        "/v1/events/nobody/explain",
        "/v1/jobs/nobody",
        "/v1/webhooks/nobody",
        "/v1/webhooks/nobody/statistics",
    ):
        answer = await rig.get(path)
        assert answer.status == 404
        assert "'nobody'" in answer.json["detail"]


async def test_events_and_what_became_of_them(rig, history):
    good, bad, ids = history
    page = (await rig.get("/v1/events")).json
    assert [one["event_id"] for one in page["items"]] == ids[::-1]
    assert [(one["matched"], one["webhooks"]) for one in page["items"]] == [(0, 2), (1, 2), (2, 2)]
    (failed,) = (await rig.get("/v1/events", filter="status:failed")).json["items"]
    event = (await rig.get(f"/v1/events/{failed['event_id']}")).json
    assert {key: event[key] for key in failed} == failed
    assert event["payload"]["event_id"] == failed["event_id"]
    assert {one["webhook_id"] for one in event["deliveries"]} == {good["id"], bad["id"]}


async def test_payload_bytes_are_the_producers(rig):
    raw = (
        b'{"event_type":"scan.completed","event_id":"raw","data":{"b":1.50,"a":"\\u00e9", "c":1e3}}'
    )
    await rig.call("POST", "/v1/events", raw)
    answer = await rig.get("/v1/events/raw")
    assert b'"data":{"b":1.50,"a":"\\u00e9", "c":1e3}' in answer.body


async def test_explain_names_every_webhook(rig, history):
    good, bad, (first, second, third) = history
    later = await rig.webhook("later")

    async def explained(event):
        answer = (await rig.get(f"/v1/events/{event}/explain")).json
        return {one["webhook_name"]: (one["decision"], one["detail"]) for one in answer}, answer

    by_name, whole = await explained(first)
    assert by_name["good"] == ("matched", "200 after 1 attempt")
    assert by_name["bad"][0] == "matched"
    assert by_name["bad"][1].startswith("failed after 3 attempts: ")
    assert by_name["later"][0] == "created_later"
    assert {one["webhook_id"] for one in whole} == {good["id"], bad["id"], later["id"]}
    assert whole[0].keys() == {"webhook_id", "webhook_name", "decision", "detail", "delivery_id"}
    by_name, _ = await explained(second)
    assert by_name["bad"][0] == "not_subscribed"
    assert "scan.completed" in by_name["bad"][1]
    by_name, _ = await explained(third)
    assert {decision for decision, _ in by_name.values()} == {"not_subscribed", "created_later"}


async def test_explain_after_a_pause_and_a_deletion(rig):
    webhook = await rig.webhook()
    await rig.call("POST", f"/v1/webhooks/{webhook['id']}/pause")
    event = await rig.emit()
    (one,) = (await rig.get(f"/v1/events/{event['event_id']}/explain")).json
    assert one["decision"] == "paused"
    assert one["delivery_id"] == event["deliveries"][0]["id"]
    await rig.call("DELETE", f"/v1/webhooks/{webhook['id']}", If_Match="1")
    (again,) = (await rig.get(f"/v1/events/{event['event_id']}/explain")).json
    assert again == one


async def test_the_catalogue(rig):
    types = {one["name"]: one for one in (await rig.get("/v1/event-types")).json["items"]}
    assert len(types) == 8
    assert types["webhook.test"]["reserved"]
    assert types["scan.completed"]["sample"]


async def test_an_export_is_the_list(rig, history, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 2)
    listed = (await rig.get("/v1/deliveries")).json["items"]
    lines = (await rig.get("/v1/deliveries.ndjson")).lines
    assert lines == listed
    answer = await rig.get("/v1/deliveries.csv")
    assert answer.body.startswith(HEAD)
    table = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [row["delivery_id"] for row in table] == [one["id"] for one in listed]
    assert [row["status"] for row in table] == [one["status"] for one in listed]
    only = (await rig.get("/v1/deliveries.csv", filter="status:failed")).body
    assert only.count(b"\n") == 2
    none = (await rig.get("/v1/deliveries.ndjson", status="discarded")).body
    assert none == b""


async def test_an_export_ends_with_its_reader(rig):
    webhook = await rig.webhook()
    event = await rig.emit()
    await rig.settled()
    await rig.service.writer.submit(_Copies(4_000))
    async with rig.client.stream("GET", "/v1/deliveries.ndjson") as stream:
        await anext(stream.aiter_bytes())
    async with asyncio.timeout(5):
        while any(connection.may_stall for connection in rig.api.connections()):
            await asyncio.sleep(0.01)
    answer = await rig.get("/v1/deliveries.ndjson", webhook=webhook["id"])
    assert answer.body.count(b"\n") == 4_001
    assert event["deliveries"][0]["id"] in answer.body.decode()


class _Copies:
    """A unit of work that makes more history of the first delivery."""

    def __init__(self, n):
        self.n = n

    def apply(self, tx):
        tx.connection.execute(
            "INSERT INTO deliveries (uid, event_row, webhook_id, event_type, status, created_at)"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " SELECT 'copy-' || i, event_row, webhook_id, event_type, status, created_at + i"
            " FROM n, deliveries WHERE deliveries.id = 1",
            (self.n,),
        )


@pytest.mark.parametrize("failure", [ZeroDivisionError(), unavailable("not now")])
async def test_an_export_that_fails_half_way_is_cut_and_not_ended(rig, monkeypatch, failure):
    await rig.webhook()
    await rig.emit()
    await rig.settled()
    await rig.service.writer.submit(_Copies(20))
    monkeypatch.setattr(exports, "PAGE", 5)
    real, pages = exports.next_page, 0

    async def broken(*arguments):
        nonlocal pages
        pages += 1
        if pages == 3:
            raise failure
        return await real(*arguments)

    monkeypatch.setattr(exports, "next_page", broken)
    async with raw_connection(rig.paths.control) as (reader, writer):
        writer.write(b"GET /v1/deliveries.ndjson HTTP/1.1\r\nHost: c\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await reader.read()
    assert answer.count(b"HTTP/1.1 ") == 1, "an error behind half an answer is read as part of it"
    assert not answer.endswith(b"0\r\n\r\n"), "cut, not ended"
    assert answer.count(b'"event_id"') == 10


async def test_lists_read_from_the_store_what_was_committed(rig):
    await rig.webhook()
    for _ in range(20):
        event = await rig.emit()
        listed = (await rig.get("/v1/deliveries", limit=1)).json["items"]
        assert listed[0]["event_id"] == event["event_id"]
    assert execute(rig.service.db, "SELECT count(*) FROM deliveries").fetchone() == (20,)
