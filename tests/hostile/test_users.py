"""Real other users of this machine: what the kernel and the files let them do."""

import asyncio
import os
import stat

import pytest

from daemon.api.access import FRESH
from daemon.api.all_endpoints import ENDPOINTS
from daemon.protocol import ROLES, role_includes
from tests.hostile.as_user import calls

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

UIDS = {"producer": 4_000_001, "viewer": 4_000_002, "operator": 4_000_003, "admin": 4_000_004}
GIDS = {"producer": 4_100_001, "viewer": 4_100_002, "operator": 4_100_003, "admin": 4_100_004}
STRANGER = 4_000_009
USERS = "[access.users]\n" + "".join(f'{uid} = "{role}"\n' for role, uid in UIDS.items())
GROUPS = "[access.groups]\n" + "".join(f'{gid} = "{role}"\n' for role, gid in GIDS.items())
TOKEN = "T0KENxyz"
HIDDEN = (TOKEN, "HE4DER", "CRED3NTIAL", "T3MPLATE", "S3CRET")

with_users = pytest.mark.parametrize("rig", [USERS + GROUPS], indirect=True)


def open_to_all(rig):
    for path, mode in ((rig.paths.data, 0o755), (rig.paths.run, 0o755)):
        path.chmod(mode)
    rig.paths.control.chmod(0o666)
    rig.paths.inbox.chmod(0o666)


async def ask(path, uid, gid, *requests):
    return await asyncio.to_thread(calls, path, uid, gid, list(requests))


def everything(one="unknown"):
    return [(endpoint.method, endpoint.path.replace("{id}", one)) for endpoint in ENDPOINTS]


@with_users
@pytest.mark.parametrize("by", ["user", "group"])
@pytest.mark.parametrize("role", [*ROLES, None])
async def test_every_call_needs_its_role(rig, role, by):
    open_to_all(rig)
    uid, gid = STRANGER, STRANGER
    if role is not None:
        uid, gid = (UIDS[role], STRANGER) if by == "user" else (STRANGER, GIDS[role])
    answers = await ask(rig.paths.control, uid, gid, *everything())
    for endpoint, (status, text) in zip(ENDPOINTS, answers, strict=True):
        allowed = role is not None and role_includes(role, endpoint.role)
        assert (status != 403) == allowed, (endpoint.method, endpoint.path, status, text)
        assert status not in {0, 500}
    assert rig.stops == (role == "admin")
    inbox = await ask(rig.paths.inbox, uid, gid, *everything())
    submitted = inbox.pop(0)
    assert submitted[0] == (403 if role is None else 422)
    assert {status for status, _ in inbox} <= {403, 404, 405}


@with_users
async def test_a_role_that_is_taken_away_is_gone_at_the_next_call(rig):
    open_to_all(rig)
    request = ("GET", "/v1/daemon")
    assert (await ask(rig.paths.control, UIDS["viewer"], 1, request))[0][0] == 200
    rig.settings("")
    rig.live.reload()
    await asyncio.sleep(FRESH)
    assert (await ask(rig.paths.control, UIDS["viewer"], 1, request))[0][0] == 403


async def test_nothing_on_disk_is_open_to_others(rig):
    await rig.webhook(secret="s" * 40)
    await rig.emit()
    await rig.settled()
    await rig.call("POST", "/v1/daemon/backup", {"path": f"{rig.paths.data}/copy.db"})
    found = [rig.paths.data, *rig.paths.data.rglob("*")]
    assert {"control.sock", "inbox.sock", "corgea.db", "corgea.key", "copy.db"} <= {
        path.name for path in found
    }
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        if path != rig.paths.settings:  # written by the test
            assert not mode & 0o077 or _is_shut(path, rig.paths.data), (path, oct(mode))
    assert (await ask(rig.paths.control, STRANGER, STRANGER, ("GET", "/v1/daemon"))) == [
        (0, "PermissionError")
    ]


def _is_shut(path, home):
    """Whether a folder above is closed to others."""
    above = [each for each in path.parents if each.is_relative_to(home)]
    return any(not stat.S_IMODE(each.stat().st_mode) & 0o077 for each in above)


async def echo(request):
    """Fail, so that there is an error to show, too."""
    return 500


@with_users
async def test_viewers_see_no_secret_of_a_webhook(rig):
    rig.receiver.answer = echo
    form = {
        "url": rig.receiver.url(f"/services/{TOKEN}"),
        "secret": "S3CRET" * 8,
        "headers": [
            {"name": "X-Plain", "value": "HE4DER"},
            {"name": "Authorization", "value": "Bearer CRED3NTIAL"},
        ],
        "body_template": '{"k": "T3MPLATE-KEY", "p": {{payload}}}',
        "retry": {"schedule": []},
    }
    webhook = await rig.webhook(**form)
    gone = await rig.webhook("gone", **form)
    event = await rig.emit()
    await rig.settled()
    await rig.call(
        "PUT", "/v1/webhooks/hook", {**form, "name": "hook", "events": ["scan.*"]}, If_Match="1"
    )
    await rig.call("POST", f"/v1/deliveries/{event['deliveries'][0]['id']}/retry")
    await rig.settled()
    await rig.call("DELETE", f"/v1/webhooks/{gone['id']}", If_Match="1")
    await rig.call("POST", "/v1/webhooks", {**form, "name": "hook"})  # an error about it
    ids = [webhook["id"], gone["id"], event["event_id"], *(d["id"] for d in event["deliveries"])]
    open_to_all(rig)
    wanted = [each for one in ids for each in everything(one) if each[0] == "GET"]
    wanted = list(dict.fromkeys(wanted))
    wanted[wanted.index(("GET", "/v1/watch"))] = ("GET", "/v1/watch?since=0")
    wanted += [("GET", f"/v1/{where}?filter={TOKEN}") for where in ("webhooks", "deliveries")]
    wanted += [("GET", f"/v1/watch?since=0&filter=webhook:{name}") for name in ("hook", "gone")]
    answers = await ask(rig.paths.control, UIDS["viewer"], 1, *wanted)
    assert sum(status == 200 for status, _ in answers) > 20
    for call, (_, text) in zip(wanted, answers, strict=True):
        for hidden in HIDDEN:
            assert hidden not in text, (call, text[:500])
    for where in (-4, -3):
        assert '"items":[]' in answers[where][1], "what is hidden cannot be searched for either"
