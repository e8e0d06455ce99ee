"""POST /v1/events: one, many, too many, too large, not JSON, not in time."""

import json

import pytest

from daemon.api.handlers import submit_events
from tests.harness.client import raw_answer, raw_connection

NDJSON = {"Content_Type": "application/x-ndjson"}


def line(**more):
    return json.dumps({"event_type": "scan.completed", "data": {"n": 1}, **more}).encode()


async def test_an_event_is_accepted_and_on_disk(rig):
    webhook = await rig.webhook()
    answer = await rig.call("POST", "/v1/events", line(event_id="e-1"), Content_Type="text/plain")
    assert answer.status == 202
    (delivery,) = answer.json["deliveries"]
    assert answer.json == {
        "event_id": "e-1",
        "duplicate": False,
        "deliveries": [{"id": delivery["id"], "webhook_id": webhook["id"]}],
    }
    again = await rig.call("POST", "/v1/events", line(event_id="e-1"))
    assert again.json == {**answer.json, "duplicate": True}
    other = await rig.call("POST", "/v1/events", line(event_id="e-1", data={"n": 2}))
    assert other.status == 409
    assert "event_id" in other.problems


async def test_the_inbox_takes_events_and_nothing_else(inbox):
    # As curl -d sends it: the content type says form.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await inbox.post("/v1/events", content=line(), headers=form)).status_code == 202
    for method, path, status in (
        ("GET", "/v1/deliveries", 404),
        ("GET", "/v1/events", 405),
        ("GET", "/openapi.json", 404),
        ("POST", "/v1/daemon/stop", 404),
    ):
        answer = await inbox.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert status != 404 or "answers only POST /v1/events" in answer.json()["detail"]
        assert status != 405 or answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, "event"),
        (b"{", 400, "event"),
        (b'{"event_type":"scan.started","data":{"a":"\xff"}}', 400, "event"),
        (b"[]", 422, "event"),
        (b'{"event_type":"nope","data":{}}', 422, "event_type"),
        (b'{"event_type":"webhook.test","data":{}}', 422, "event_type"),
        (b'{"event_type":"scan.started","data":[]}', 422, "data"),
        (b'{"event_type":"scan.started","data":{},"extra":1}', 422, "extra"),
        (b'{"event_type":"scan.started","data":{},"timestamp":"noon"}', 422, "timestamp"),
        (b'{"event_type":"scan.started","data":' + b"[" * 5000 + b"]" * 5000 + b"}", 422, "data"),
    ],
)
async def test_what_is_refused_names_the_field(rig, body, status, field):
    answer = await rig.call("POST", "/v1/events", body)
    assert answer.status == status
    assert field in answer.problems
    assert (await rig.get("/v1/events")).json["total"] == 0


async def test_many_errors_come_at_once(rig):
    answer = await rig.call("POST", "/v1/events", {"event_type": "x", "data": 1, "timestamp": 2})
    assert answer.problems.keys() >= {"event_type", "data", "timestamp"}


async def test_ndjson_is_answered_line_by_line(rig):
    await rig.webhook()
    body = b"\n".join(
        [line(event_id="a"), b"", b"nonsense", line(event_type="nope"), b"  \r", line(event_id="b")]
    )
    answer = await rig.call("POST", "/v1/events", body, **NDJSON)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    first, second, third, last = answer.lines
    assert (first["event_id"], last["event_id"]) == ("a", "b")
    assert len(first["deliveries"]) == 1
    assert (second["line"], second["error"]["status"]) == (3, 400)
    assert (third["line"], third["error"]["errors"][0]["field"]) == (4, "event_type")


async def test_ndjson_keeps_its_order_over_many_batches(rig):
    body = b"\n".join(line(event_id=f"e-{n}") for n in range(3 * submit_events.BATCH + 7))
    answer = await rig.call("POST", "/v1/events", body, Content_Type="Application/X-NDJSON; a=b")
    assert [one["event_id"] for one in answer.lines] == [
        f"e-{n}" for n in range(3 * submit_events.BATCH + 7)
    ]
    again = await rig.call("POST", "/v1/events", body, **NDJSON)
    assert all(one["duplicate"] for one in again.lines)


async def test_the_same_event_twice_in_one_request_is_one_event(rig):
    body = b"\n".join([line(event_id="a")] * (2 * submit_events.BATCH))
    answer = await rig.call("POST", "/v1/events", body, **NDJSON)
    assert [one["duplicate"] for one in answer.lines].count(False) == 1
    assert (await rig.get("/v1/events")).json["total"] == 1


async def test_nothing_of_too_many_lines_is_taken(rig, monkeypatch):
    monkeypatch.setattr(submit_events, "NDJSON_LINES", 5)
    five = b"\n\n".join([line()] * 5)
    assert len((await rig.call("POST", "/v1/events", five, **NDJSON)).lines) == 5
    answer = await rig.call("POST", "/v1/events", five + b"\n" + line(), **NDJSON)
    assert answer.status == 413
    assert "at most 5 lines" in answer.json["detail"]
    assert (await rig.get("/v1/events")).json["total"] == 5


async def test_nothing_of_too_many_bytes_is_taken(rig):
    body = (line(data={"a": "x" * 100_000}) + b"\n") * 170
    answer = await rig.call("POST", "/v1/events", body, **NDJSON)
    assert answer.status == 413
    assert "16,777,216 bytes" in answer.json["detail"]
    assert (await rig.get("/v1/events")).json["total"] == 0


async def test_ten_megabytes_are_refused_in_clear_words_and_the_daemon_goes_on(rig):
    answer = await rig.call("POST", "/v1/events", line(data={"a": "x" * 10_000_000}))
    assert answer.status == 413
    assert "262,144 bytes" in answer.json["detail"]
    assert (await rig.call("POST", "/v1/events", line())).status == 202


async def test_a_large_body_without_a_length_is_refused_too(rig):
    async def chunks():
        for _ in range(30):
            yield b"x" * 100_000

    answer = await rig.client.post("/v1/events", content=chunks())
    assert answer.status_code == 413
    assert (await rig.call("POST", "/v1/events", line())).status == 202


async def test_curl_that_asks_before_it_sends_may_go_on(rig):
    body = line()
    async with raw_connection(rig.paths.inbox) as (reader, writer):
        writer.write(
            b"POST /v1/events HTTP/1.1\r\nHost: c\r\nExpect: 100-continue\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(body)
        assert (await raw_answer(reader))[0] == 202


async def test_a_compressed_body_is_refused(rig):
    answer = await rig.call("POST", "/v1/events", b"\x1f\x8b", Content_Encoding="gzip")
    assert answer.status == 415


@pytest.mark.parametrize("rig", ["[inbox]\nmax_waiting = 1\n"], indirect=True)
async def test_a_full_inbox_answers_503_and_when_to_come_back(rig):
    rig.service.intake.waiting = 1
    for headers in ({}, NDJSON):
        answer = await rig.call("POST", "/v1/events", line() + b"\n" + line()[:0], **headers)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
    rig.service.intake.waiting = 0
    assert (await rig.get("/v1/events")).json["total"] == 0


async def test_what_is_full_half_way_through_is_said_line_by_line(rig, monkeypatch):
    monkeypatch.setattr(submit_events, "BATCH", 2)
    monkeypatch.setattr(submit_events, "AHEAD", 1)
    intake, accept = rig.service.intake, rig.service.intake.accept

    async def once(events):
        answers = await accept(events)
        intake.most_waiting = 0
        return answers

    monkeypatch.setattr(intake, "accept", once)
    body = b"\n".join([line(), line(), line(), b"nonsense"])
    answer = await rig.call("POST", "/v1/events", body, **NDJSON)
    assert answer.status == 200
    assert [one.get("error", {}).get("status") for one in answer.lines] == [None, None, 503, 400]


async def test_too_many_large_bodies_at_once_wait_their_turn(rig):
    rig.api.body_budget._left = 100
    answer = await rig.call("POST", "/v1/events", line(data={"a": "x" * 200}))
    assert answer.status == 503
    assert answer.headers["retry-after"] == "2"
    assert (await rig.call("POST", "/v1/events", line())).status == 202
    assert rig.api.body_budget._left == 100
