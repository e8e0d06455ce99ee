"""Whatever is sent, nothing fails inside, and the daemon goes on."""

import random
from urllib.parse import quote

import pytest

from daemon.api.all_endpoints import ENDPOINTS

TEXTS = (
    "", " ", "0", "-1", "1", "999999999999999999999", "1e9", "NaN", "null", "true", "\x00", "\x7f",
    "'", '"', "\\", "%", "%00", "%ff", "é", "日本", "\u202e", "\ud7ff", "a" * 3000, "../..", "{}",
    "status:failed", "-status:failed", "http:5xx", "since:1h", 'a"b', "type:*", "type:.*", "a:b",
    "webhook:", "-", "--", "*", "since:99999999999d", "until:0001-01-01", "project:'; DROP TABLE",
    "9" * 400, "2025-01-15T14:30:00Z", "wh_1", "nobody", "١٢",
)  # fmt: skip
VALUES = (None, True, False, 0, -1, 10**30, 1.5, 1e308, [], {}, [[]], {"a": {}}, *TEXTS)
NAMES = (
    "filter", "limit", "rate", "dry_run", "since", "until", "path", "name", "url", "events",
    "headers", "conditions", "retry", "secret", "id", "type", "data", "event_type", "x",
)  # fmt: skip
SKIPPED = {"/v1/watch", "/v1/daemon/stop", "/v1/daemon/backup"}


@pytest.mark.parametrize("seed", range(6))
async def test_random_calls(rig, seed):
    dice = random.Random(seed)
    await rig.webhook(events=["scan.*"])
    event = await rig.emit()
    await rig.settled()
    ids = (*TEXTS, event["event_id"], event["deliveries"][0]["id"], "hook")
    endpoints = [endpoint for endpoint in ENDPOINTS if endpoint.path not in SKIPPED]
    for _ in range(150):
        endpoint = dice.choice(endpoints)
        path = endpoint.path.replace("{id}", quote(dice.choice(ids), safe=""))
        names = [parameter.name for parameter in endpoint.parameters]
        query = {dice.choice(names): dice.choice(TEXTS) for _ in range(dice.randrange(3)) if names}
        body = {dice.choice(NAMES): dice.choice(VALUES) for _ in range(dice.randrange(4))}
        headers = {"If-Match": dice.choice(("1", "x", "99"))} if endpoint.needs_version else {}
        answer = await rig.client.request(
            endpoint.method,
            path,
            params=query or None,
            json=body if endpoint.method in {"POST", "PUT"} else None,
            headers=headers,
        )
        seen = (endpoint.method, path, query, body, answer.status_code, answer.text[:500])
        assert answer.status_code < 500, seen
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", seen
            assert answer.json()["status"] == answer.status_code
    assert (await rig.get("/v1/daemon")).status == 200
