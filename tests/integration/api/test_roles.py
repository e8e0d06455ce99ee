"""Who may do what, for every call there is; what viewers must not see."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from daemon.api import access, connection
from daemon.api.access import Credentials
from daemon.api.all_endpoints import ENDPOINTS
from daemon.protocol import ROLES, role_includes

UIDS = {"producer": 4_000_001, "viewer": 4_000_002, "operator": 4_000_003, "admin": 4_000_004}
STRANGER = 4_000_009
SETTINGS = "[access.users]\n" + "".join(f'{uid} = "{role}"\n' for role, uid in UIDS.items())
TOKEN = "T0KENxyz"
URL = f"https://127.0.0.1:9/services/{TOKEN}"


@pytest.fixture
def peer(monkeypatch):
    """Whom the kernel says new connections come from."""
    now = {"uid": 0}
    monkeypatch.setattr(
        connection, "credentials_of", lambda _: Credentials(os.getpid(), now["uid"], now["uid"])
    )

    def become(rig, uid):
        now["uid"] = uid
        return rig.fresh_client()

    return become


rig_with_roles = pytest.mark.parametrize("rig", [SETTINGS], indirect=True)


@rig_with_roles
@pytest.mark.parametrize("role", [*ROLES, None])
async def test_every_call_wants_its_role(rig, peer, role):
    await peer(rig, STRANGER if role is None else UIDS[role])
    refused, let_through = set(), set()
    for endpoint in ENDPOINTS:
        if endpoint.path == "/v1/watch" and role not in {"producer", None}:
            continue
        path = endpoint.path.replace("{id}", "nobody")
        answer = await rig.call(endpoint.method, path, None if endpoint.method == "GET" else b"{}")
        (refused if answer.status == 403 else let_through).add((endpoint.method, endpoint.path))
    allowed = {
        (endpoint.method, endpoint.path)
        for endpoint in ENDPOINTS
        if role is not None and role_includes(role, endpoint.role) and endpoint.path != "/v1/watch"
    }
    assert let_through == allowed
    assert refused.isdisjoint(allowed)


@rig_with_roles
async def test_a_refusal_says_what_is_needed(rig, peer):
    await peer(rig, UIDS["viewer"])
    answer = await rig.call("POST", "/v1/webhooks", {})
    assert answer.status == 403
    assert "is viewer here, and this call needs admin;" in answer.json["detail"]
    await peer(rig, STRANGER)
    assert "has no role here" in (await rig.get("/v1/jobs")).json["detail"]
    assert (await rig.call("POST", "/v1/events", b"{}")).status == 403


@rig_with_roles
async def test_the_role_is_looked_up_on_every_call(rig, peer, monkeypatch):
    await peer(rig, UIDS["viewer"])
    assert (await rig.get("/v1/daemon")).json["role"] == "viewer"
    rig.settings(SETTINGS.replace('"viewer"', '"operator"'))
    rig.live.reload()
    assert (await rig.get("/v1/daemon")).json["role"] == "operator"
    rig.settings("")
    rig.live.reload()
    assert (await rig.get("/v1/daemon")).status == 403


async def everything_readable(rig, *ids):
    """All that can be read, as one text."""
    texts = []
    for endpoint in ENDPOINTS:
        if endpoint.method != "GET" or endpoint.path == "/v1/watch":
            continue
        for one in ids if "{id}" in endpoint.path else ("",):
            answer = await rig.get(endpoint.path.replace("{id}", one))
            texts.append(answer.body.decode())
    async with rig.client.stream("GET", "/v1/watch?since=0") as stream:
        async with asyncio.timeout(5):
            async for line in stream.aiter_lines():
                texts.append(line)
                if '"type":"daemon"' in line:
                    break
    return "\n".join(texts)


@rig_with_roles
async def test_viewers_never_see_a_whole_url_and_no_role_sees_a_secret(rig, peer):
    webhook = await rig.webhook(
        url=URL,
        secret="hush-hush-hush-hush-hush-hush-hush",
        headers=[{"name": "Authorization", "value": "Bearer VERYSECRET"}],
        body_template='{"k": "T3MPLATE-KEY", "p": {{payload}}}',
    )
    event = await rig.emit()
    await rig.settled()
    (delivery,) = event["deliveries"]
    ids = (webhook["id"], delivery["id"], event["event_id"])
    await rig.call("POST", f"/v1/webhooks/{webhook['id']}/pause")
    everything = await everything_readable(rig, *ids)
    assert TOKEN in everything
    for secret in ("hush-hush", "VERYSECRET"):
        assert secret not in everything
    await peer(rig, UIDS["viewer"])
    everything = await everything_readable(rig, *ids)
    assert TOKEN not in everything
    assert "127.0.0.1:9/…" in everything
    assert webhook["id"] in everything
    assert delivery["id"] in everything


@rig_with_roles
async def test_a_watcher_that_loses_its_role_is_cut_off(rig, peer, monkeypatch):
    monkeypatch.setattr(access, "FRESH", 0)
    await peer(rig, UIDS["viewer"])
    async with rig.client.stream("GET", "/v1/watch") as stream:
        rig.settings("")
        rig.live.reload()
        rig.api.tick()
        async with asyncio.timeout(5):
            assert [
                line async for line in stream.aiter_lines() if '"type":"delivery"' in line
            ] == []


@rig_with_roles
async def test_peers_are_listed_with_their_roles(rig, peer):
    await peer(rig, UIDS["operator"])
    (found,) = [one for one in (await rig.get("/v1/peers")).json["items"] if one["uid"] != 0]
    assert (found["uid"], found["role"], found["socket"]) == (
        UIDS["operator"],
        "operator",
        "control",
    )
    assert found["requests"] == 1


AS_NOBODY = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
peer = socket.socket(socket.AF_UNIX); peer.connect(sys.argv[1])
peer.sendall(b"GET /v1/daemon HTTP/1.1\\r\\nHost: c\\r\\nConnection: close\\r\\n\\r\\n")
answer = b""
while part := peer.recv(65536): answer += part
sys.stdout.buffer.write(answer)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(
    ("rig", "expected"),
    [
        ("", b"HTTP/1.1 403 "),
        ('[access.users]\nnobody = "viewer"\n', b'"role":"viewer","login":"nobody"'),
        ('[access.groups]\n65534 = "operator"\n', b'"role":"operator"'),
    ],
    indirect=["rig"],
)
async def test_a_real_other_user(rig, expected):
    for path, mode in ((rig.paths.data, 0o755), (rig.paths.run, 0o755), (rig.paths.control, 0o666)):
        path.chmod(mode)
    asked = await asyncio.create_subprocess_exec(
        sys.executable, "-c", AS_NOBODY, str(rig.paths.control), stdout=subprocess.PIPE
    )
    answer, _ = await asked.communicate()
    assert expected in answer


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
async def test_the_sockets_are_shut_to_other_users(rig):
    asked = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        AS_NOBODY,
        str(rig.paths.control),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _, complaint = await asked.communicate()
    assert b"PermissionError" in complaint
    assert json.dumps(rig.api.connections()) == "[]"
