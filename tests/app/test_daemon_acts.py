"""What the Daemon screen does: stop, back up, and who may not."""

import msgspec
import pytest

from corgea_tui.screens.dialogs.questions import Confirm
from daemon.protocol import Problem
from tests.app.fake_daemon import info, stamp

SETTINGS = {"delivery": {"timeout": 5.0, "schedule": [2.0, 4.0]}, "log": {"level": "info"}}
FORBIDDEN = Problem(title="Forbidden", status=403, detail="needs a viewer: ann is a producer here")


def page(items):
    return {"items": list(items), "next": None, "total": len(items), "seq": 1}


def line(number, level="info", message=None, logger="daemon.api.server"):
    text = message or f"line number {number}"
    return {"at": stamp(number), "level": level, "logger": logger, "message": text}


def peer(**more):
    base = {
        "login": "ci",
        "uid": 990,
        "pid": 812,
        "role": "producer",
        "socket": "inbox",
        "since": stamp(-60),
        "requests": 9,
        "watching": False,
    }
    return {**base, **more}


def entry(**more):
    base = {
        "id": "1",
        "at": stamp(-5),
        "login": "bob",
        "uid": 1001,
        "action": "webhook.update",
        "target": "Jira tickets",
        "before": {"retry": {"timeout": 10}},
        "after": {"retry": {"timeout": 5}},
        "hash": "",
    }
    return {**base, **more}


@pytest.fixture
def daemon(daemon):
    daemon.log = [line(number) for number in range(60)]
    daemon.answers["GET", "/v1/log"] = lambda query: page(daemon.log[::-1][: query["limit"]])
    daemon.answers["GET", "/v1/peers"] = page([peer()])
    daemon.answers["GET", "/v1/audit"] = page([entry()])
    daemon.info = info(settings=SETTINGS, settings_changed={"delivery.timeout": 10.0})
    return daemon


def with_problem(about, words):
    store = msgspec.structs.replace(about.store, problem=words)
    return msgspec.structs.replace(about, store=store)


def look_again(app):
    """What the timer does after a while."""
    app.app.screen._parts._refreshers[app.app.screen._parts.part].restart()


async def test_stopping_asks_and_tells(run, daemon):
    daemon.answers["POST", "/v1/daemon/stop"] = {"stopping": True}
    async with run() as app:
        await app.press("5", "S")
        assert isinstance(app.app.screen, Confirm)
        assert "Stop the daemon at /home/ann?" in app.text
        await app.press("n")
        assert daemon.asked("POST", "/v1/daemon/stop") == []
        await app.press("S", "y")
        assert len(daemon.asked("POST", "/v1/daemon/stop")) == 1
        assert "nothing accepted is lost" in app.toasts[-1]


async def test_a_backup_asks_where_and_tells_its_size(run, daemon):
    daemon.answers["POST", "/v1/daemon/backup"] = lambda sent: {**sent, "bytes": 4_200_000}
    async with run() as app:
        await app.press("5", "B")
        assert "/home/ann/backup-2026" in app.text
        app.app.focused.value = "/mnt/safe.db"
        await app.press("enter")
        assert daemon.asked("POST", "/v1/daemon/backup") == [{"path": "/mnt/safe.db"}]
        assert app.toasts[-1] == "/mnt/safe.db holds a backup of 4.0 MiB"
        await app.press("B")
        app.app.focused.value = "relative.db"
        await app.press("enter")
        assert "must be absolute" in app.toasts[-1]
        await app.press("escape")
        assert len(daemon.asked("POST", "/v1/daemon/backup")) == 1


async def test_a_backup_that_is_refused_says_why(run, daemon):
    taken = Problem(title="Conflict", status=409, detail="/mnt/safe.db exists already")
    daemon.answers["POST", "/v1/daemon/backup"] = taken
    async with run() as app:
        await app.press("5", "B", "enter")
        assert app.toasts[-1] == "/mnt/safe.db exists already"


@pytest.mark.parametrize(("role", "readonly"), [("operator", False), ("admin", True)])
async def test_who_may_not_is_told_why(run, daemon, role, readonly):
    daemon.info = info(role=role)
    async with run(readonly=readonly) as app:
        for key in ("S", "B"):
            await app.press("5", key)
            assert ("read only" if readonly else "needs an admin") in app.toasts[-1]
        assert not [call for call in daemon.calls if call[0] == "POST"]


# --- when it cannot
