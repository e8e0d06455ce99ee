"""Bulk calls, jobs, the audit, and the daemon itself."""

import sqlite3

import msgspec
import pytest

from daemon import __version__
from daemon.protocol import API_MAX, API_MIN, DaemonInfo
from tests.harness.receiver import accept, fail


async def failures(rig, n=3):
    rig.receiver.answer = fail
    webhook = await rig.webhook()
    for number in range(n):
        await rig.emit({"n": number})
    await rig.settled()
    return webhook


async def job_done(rig, uid):
    while True:
        job = (await rig.get(f"/v1/jobs/{uid}")).json
        if job["state"] != "running":
            return job


async def test_a_bulk_retry_is_counted_then_made(rig):
    await failures(rig)
    dry = await rig.call(
        "POST", "/v1/deliveries/retry", {"filter": "status:failed", "dry_run": True}
    )
    assert (dry.status, dry.json) == (200, {"matched": 3})
    started = await rig.call("POST", "/v1/deliveries/retry", {"filter": "http:5xx"})
    assert started.status == 202
    assert started.json["matched"] == 3
    job = await job_done(rig, started.json["job_id"])
    assert (job["state"], job["kind"], job["failed"], job["by"]) == ("done", "retry", 3, "root")
    page = (await rig.get("/v1/jobs")).json
    assert (page["items"], page["total"]) == ([job], 1)
    assert (await rig.get("/v1/jobs", filter="until:1d")).json["total"] == 0
    assert "by status;" in (await rig.get("/v1/jobs", filter="status:failed")).problems["filter"]


async def test_the_filter_may_stand_in_the_query_too(rig):
    await failures(rig, 2)
    body = {"filter": "status:failed", "dry_run": True}
    none = await rig.call("POST", "/v1/deliveries/retry?filter=webhook:other", body)
    assert none.json == {"matched": 0}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"filter"}),
        ({"filter": ""}, {"filter"}),
        ({"filter": "  "}, {"filter"}),
        (
            {"filter": "colour:red", "limit": 0, "rate": -1, "x": 1},
            {"filter", "limit", "rate", "x"},
        ),
        ({"filter": 7}, {"filter"}),
        ({"filter": "status:failed", "dry_run": "yes"}, {"dry_run"}),
    ],
)
async def test_a_bulk_retry_that_does_not_say_what(rig, body, fields):
    answer = await rig.call("POST", "/v1/deliveries/retry", body)
    assert answer.status == 422
    assert answer.problems.keys() == fields


async def test_a_replay_of_what_was_missed(rig):
    webhook = await failures(rig)

    rig.receiver.answer = accept
    path = f"/v1/webhooks/{webhook['id']}/replay"
    assert (await rig.call("POST", path, {"since": "1h", "dry_run": True})).json == {"matched": 3}
    old = {"since": "2h", "until": "1h", "dry_run": True}
    assert (await rig.call("POST", path, old)).json == {"matched": 0}
    started = (await rig.call("POST", path, {"since": "1h"})).json
    job = await job_done(rig, started["job_id"])
    assert (job["kind"], job["succeeded"]) == ("replay", 3)
    assert (await rig.get("/v1/deliveries", filter="kind:replay")).json["total"] == 3
    await rig.call("POST", f"/v1/webhooks/{webhook['id']}/pause")
    assert (await rig.call("POST", path, {"since": "1h"})).status == 409


async def test_a_replay_wants_a_span_or_a_filter(rig):
    await rig.webhook()
    path = "/v1/webhooks/hook/replay"
    assert (await rig.call("POST", path, {})).problems.keys() == {"since"}
    assert (await rig.call("POST", path, {"since": "x", "until": 1})).problems.keys() == {
        "since",
        "until",
    }
    wrong = {"since": "2025-01-02", "until": "2025-01-01"}
    assert (await rig.call("POST", path, wrong)).problems.keys() == {"until"}
    dry = {"filter": "type:scan.*", "dry_run": True}
    assert (await rig.call("POST", path, dry)).json == {"matched": 0}
    assert (await rig.call("POST", "/v1/webhooks/nobody/replay", {"since": "1h"})).status == 404


async def test_a_job_is_cancelled(rig):
    await failures(rig)
    order = {"filter": "status:failed", "rate": 0.5, "limit": 2}
    started = (await rig.call("POST", "/v1/deliveries/retry", order)).json
    cancelled = await rig.call("POST", f"/v1/jobs/{started['job_id']}/cancel")
    assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    assert cancelled.json["started"] <= 1


async def test_the_audit(rig):
    webhook = await rig.webhook()
    await rig.call("POST", f"/v1/webhooks/{webhook['id']}/pause")
    page = (await rig.get("/v1/audit")).json
    assert page["total"] == 2
    newest, oldest = page["items"]
    assert (oldest["login"], oldest["uid"], oldest["target"]) == ("root", 0, "hook")
    assert len({entry["hash"] for entry in page["items"]}) == 2
    first = (await rig.get("/v1/audit", limit=1)).json
    rest = (await rig.get("/v1/audit", limit=1, cursor=first["next"])).json
    assert first["items"] + rest["items"] == [newest, oldest]
    assert rest["next"] is None
    for query, total in (({"webhook": "hook"}, 2), ({"q": "pause"}, 1), ({"to": "2020-01-01"}, 0)):
        assert (await rig.get("/v1/audit", **query)).json["total"] == total


async def test_the_daemon_about_itself(rig):
    answer = await rig.get("/v1/daemon")
    info = msgspec.json.decode(answer.body, type=DaemonInfo)
    assert (info.version, info.api.min, info.api.max) == (__version__, API_MIN, API_MAX)
    assert (info.role, info.login) == ("admin", "root")
    assert info.instance_id == rig.service.owner
    assert info.settings["delivery"]["timeout"] == 2.0
    assert info.settings_errors == []
    assert info.store.url.endswith("/corgea.db")


async def test_broken_settings_are_shown_with_their_line(rig):
    rig.paths.settings.write_text("[delivery]\ntimeout = 'soon'\n")
    rig.live.reload()
    (error,) = (await rig.get("/v1/daemon")).json["settings_errors"]
    assert (error["file"], error["line"]) == (str(rig.paths.settings), 2)


async def test_settings_that_are_not_at_their_default_are_named_with_it(rig):
    about = (await rig.get("/v1/daemon")).json
    assert about["settings"]["delivery"]["timeout"] == 2
    assert about["settings_changed"] == {
        "delivery.schedule": [2.0, 4.0],
        "delivery.timeout": 10.0,
        "delivery.drain": 15.0,
        "network.ca_file": None,
    }


async def test_the_log_newest_first(rig):
    page = (await rig.get("/v1/log", limit=1)).json
    assert page["items"][0].keys() == {"at", "level", "logger", "message"}
    assert page["total"] >= 2
    rest = (await rig.get("/v1/log", limit=500, cursor=page["next"])).json
    times = [line["at"] for line in page["items"] + rest["items"]]
    assert times == sorted(times, reverse=True)


async def test_metrics_agree_with_the_statistics(rig):
    await failures(rig)
    answer = await rig.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.body.decode()
    webhook = (await rig.get("/v1/webhooks/hook")).json["id"]
    labels = f'webhook="hook",webhook_id="{webhook}"'
    for line in (
        f'corgea_deliveries_total{{outcome="failed",{labels}}} 3.0',
        f'corgea_attempts_total{{answer="5xx",{labels}}} 9.0',
        f"corgea_webhook_consecutive_failures{{{labels}}} 3.0",
        f"corgea_webhook_pending{{{labels}}} 0.0",
        "corgea_deliveries_waiting 0.0",
        "corgea_store_ok 1.0",
    ):
        assert line in text.splitlines()
    assert f'corgea_attempt_duration_seconds{{quantile="0.99",{labels}}}' in text


async def test_the_document_of_the_protocol(rig):
    document = (await rig.get("/openapi.json")).json
    assert document["openapi"] == "3.1.0"
    assert "/openapi.json" in document["paths"]
    assert "/v1/deliveries/{id}" in document["paths"]


async def test_stopping_is_asked_for(rig):
    answer = await rig.call("POST", "/v1/daemon/stop")
    assert answer.status == 202
    assert rig.stops == 1


async def test_a_backup(rig):
    await rig.webhook()
    path = rig.paths.data / "copy.db"
    answer = await rig.call("POST", "/v1/daemon/backup", {"path": str(path)})
    assert answer.status == 200, answer.json
    assert answer.json == {"path": str(path), "bytes": path.stat().st_size}
    with sqlite3.connect(path) as copy:
        assert copy.execute("SELECT count(*) FROM webhooks").fetchone() == (1,)
    copy.close()
    assert (await rig.call("POST", "/v1/daemon/backup", {"path": str(path)})).status == 409
    for body in ({}, {"path": "copy.db"}, {"path": 7}, {"path": "/x", "y": 1}):
        assert (await rig.call("POST", "/v1/daemon/backup", body)).status == 422


async def test_every_list_takes_a_filter_and_says_what_it_cannot_filter_by(rig):
    await rig.webhook()
    for path, text, total in (
        ("/v1/log", "delivers", 1),
        ("/v1/log", "until:1d", 0),
        ("/v1/peers", "control", 1),
        ("/v1/peers", "nobody-like-that", 0),
        ("/v1/event-types", "type:scan.*", 3),
        ("/v1/event-types", "assigned", 1),
        ("/v1/audit", "webhook:hook", 1),
        ("/v1/jobs", "anything", 0),
        ("/v1/webhooks", "webhook:hook", 1),
        ("/v1/events", "kind:test", 0),
    ):
        page = (await rig.get(path, filter=text)).json
        assert len(page["items"]) == total, (path, text)
    for path in ("/v1/log", "/v1/peers", "/v1/event-types", "/v1/audit", "/v1/jobs"):
        answer = await rig.get(path, filter="http:500")
        assert "cannot be filtered by http;" in answer.problems["filter"]


async def test_the_catalogue_by_page_in_its_own_order(rig):
    whole = (await rig.get("/v1/event-types")).json
    first = (await rig.get("/v1/event-types", limit=5)).json
    rest = (await rig.get("/v1/event-types", limit=5, cursor=first["next"])).json
    assert first["items"] + rest["items"] == whole["items"]
    assert whole["items"][0]["name"] == "issue.status_changed"
