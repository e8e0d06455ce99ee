"""Webhooks over the socket: made, saved on top of a version, paused, tested, deleted."""

import pytest

from tests.harness.receiver import fail

FORM = {"name": "hook", "url": "https://127.0.0.1:9/x", "events": ["scan.*"]}


async def test_made_shown_and_listed(rig):
    made = await rig.call("POST", "/v1/webhooks", FORM)
    assert made.status == 201
    assert made.headers["location"] == f"/v1/webhooks/{made.json['id']}"
    assert made.json["warnings"] == []
    shown = (await rig.get(made.headers["location"])).json
    assert shown == {key: value for key, value in made.json.items() if key != "warnings"}
    assert (await rig.get("/v1/webhooks/hook")).json == shown
    page = (await rig.get("/v1/webhooks")).json
    assert (page["items"], page["total"], page["next"]) == ([shown], 1, None)


async def test_all_errors_at_once(rig):
    answer = await rig.call("POST", "/v1/webhooks", {"url": "http://x", "events": [], "colour": 1})
    assert answer.status == 422
    assert answer.problems.keys() >= {"name", "url", "events", "colour"}


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), (b'"x"', 422), (b"\xff", 400), (b"[" * 100_000, 400), (b"", 422)],
)
async def test_a_body_that_is_no_form(rig, body, status):
    answer = await rig.call("POST", "/v1/webhooks", body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_pages_newest_first(rig):
    for n in range(5):
        await rig.call("POST", "/v1/webhooks", {**FORM, "name": f"hook-{n}"})
    first = (await rig.get("/v1/webhooks", limit=3)).json
    rest = (await rig.get("/v1/webhooks", limit=3, cursor=first["next"])).json
    names = [one["name"] for one in first["items"] + rest["items"]]
    assert names == [f"hook-{n}" for n in reversed(range(5))]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("webhook:jira", ["jira"]),
        ("-webhook:jira", ["slack"]),
        ("type:scan.failed", ["slack"]),
        ("type:scan.*", ["slack"]),
        ("SLA", ["slack"]),
        ("example.org", ["jira"]),
        ("project:p-1", ["jira"]),
    ],
)
async def test_a_filtered_list(rig, text, names):
    await rig.call(
        "POST",
        "/v1/webhooks",
        {
            "name": "jira",
            "url": "https://example.org/x",
            "events": ["user.login"],
            "projects": ["p-1"],
        },
    )
    await rig.call("POST", "/v1/webhooks", {**FORM, "name": "slack"})
    page = (await rig.get("/v1/webhooks", filter=text)).json
    assert [one["name"] for one in page["items"]] == names
    assert page["total"] == len(names)


async def test_a_filter_on_what_webhooks_do_not_have(rig):
    answer = await rig.get("/v1/webhooks", filter="http:500")
    assert "webhooks cannot be filtered by http;" in answer.problems["filter"]


async def test_saving_wants_the_version_that_was_started_from(rig):
    made = (await rig.call("POST", "/v1/webhooks", FORM)).json
    path = f"/v1/webhooks/{made['id']}"
    changed = {**FORM, "name": "renamed"}
    assert (await rig.call("PUT", path, changed)).status == 428
    assert (await rig.call("DELETE", path)).status == 428
    for wrong in ("one", "9" * 5000, "", "*"):
        answer = await rig.call("PUT", path, changed, If_Match=wrong)
        assert answer.problems.keys() == {"If-Match"}
    saved = await rig.call("PUT", path, changed, If_Match='"1"')
    assert (saved.status, saved.json["version"], saved.json["name"]) == (200, 2, "renamed")
    stale = await rig.call("PUT", path, FORM, If_Match="1")
    assert stale.status == 412
    assert stale.json["current"]["name"] == "renamed"
    assert (await rig.call("DELETE", path, If_Match="1")).status == 412
    assert (await rig.call("DELETE", path, If_Match="2")).status == 204
    assert (await rig.get(path)).status == 404
    assert (await rig.call("PUT", path, FORM, If_Match="2")).status == 404


async def test_an_answer_can_be_sent_back(rig):
    made = await rig.webhook(secret="s" * 40)
    sent = {**made, "secret": None} | {}
    del sent["secret"]
    saved = await rig.call("PUT", f"/v1/webhooks/{made['id']}", sent, If_Match="1")
    assert saved.status == 200, saved.json
    assert saved.json["secret"]["set"]


async def test_pause_and_activate(rig):
    made = (await rig.call("POST", "/v1/webhooks", FORM)).json
    path = f"/v1/webhooks/{made['id']}"
    paused = await rig.call("POST", f"{path}/pause")
    assert (paused.status, paused.json["state"], paused.json["warnings"]) == (200, "paused", [])
    assert paused.json["version"] == 1
    active = await rig.call("POST", f"{path}/activate", {})
    assert (active.json["state"], active.json["paused_reason"]) == ("active", None)
    assert (await rig.call("POST", f"{path}/pause", {"reason": "x"})).status == 422


async def test_a_test_answers_with_its_attempt(rig):
    made = await rig.webhook(events=["user.login"])
    answer = await rig.call("POST", f"/v1/webhooks/{made['id']}/test")
    assert answer.status == 200
    attempt = answer.json["attempt"]
    assert (attempt["http_status"], attempt["error"], attempt["number"]) == (200, None, 1)
    delivery = (await rig.get(f"/v1/deliveries/{answer.json['delivery_id']}")).json
    assert (delivery["kind"], delivery["event_type"]) == ("test", "webhook.test")
    assert delivery["attempts"] == [attempt]


async def test_a_form_is_tested_before_it_is_saved(rig):
    form = {**FORM, "url": rig.receiver.url()}
    answer = await rig.call("POST", "/v1/webhooks/test", form)
    assert answer.status == 200
    assert answer.json["delivery_id"] is None
    assert answer.json["attempt"]["http_status"] == 200
    assert (await rig.get("/v1/webhooks")).json["total"] == 0
    wrong = await rig.call("POST", "/v1/webhooks/test", {**form, "url": "http://x"})
    assert wrong.problems.keys() == {"url"}


async def test_retry_by_hand(rig):
    rig.receiver.answer = fail
    await rig.webhook()
    event = await rig.emit()
    await rig.settled()
    path = f"/v1/deliveries/{event['deliveries'][0]['id']}/retry"
    answer = await rig.call("POST", path)
    assert (answer.status, answer.json) == (202, {"attempt": 4})
    await rig.settled()
    detail = (await rig.get(path.removesuffix("/retry"))).json
    assert [(one["number"], one["manual"]) for one in detail["attempts"]][-1] == (4, True)
    assert (await rig.call("POST", "/v1/deliveries/nobody/retry")).status == 404
    await rig.call("POST", "/v1/webhooks/hook/pause")
    blocked_reason = await rig.call("POST", path)
    assert blocked_reason.status == 409
    assert "activate" in blocked_reason.json["detail"]
