"""A later version comes, and goes again: nothing acknowledged is lost either way."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.faults.newer import NEXT
from tests.harness.daemon import DAEMON, DaemonProcess, until

SETTINGS = '[network]\nca_file = "{ca}"\n[delivery]\ndrain = 0\n'
WAITING = 30
LATER_APP = """
from daemon import protocol
protocol.API_MAX += 1
from corgea_tui.__main__ import main
main()
"""

pytestmark = pytest.mark.timeout(120)


def newer(migration="fine"):
    return ("-m", "tests.faults.newer", migration)


@pytest.fixture
def daemon(home, receivers):
    """A daemon of today, in whose store some deliveries have ended and others wait."""
    (home / "daemon.toml").write_text(SETTINGS.format(ca=receivers.ca))
    process = DaemonProcess(home)
    process.start()
    for name, event_type in (("fine", "user.login"), ("hold", "scan.completed")):
        form = {"name": name, "url": receivers.url(name), "events": [event_type]}
        process.call("POST", "/v1/webhooks", {**form, "secret": f"the secret of {name} 0123456789"})
    process.emit("user.login", 5)
    assert process.settled(20)
    process.emit("scan.completed", WAITING)
    assert process.stop() == 0
    yield process
    process.kill()


def run(daemon, *args, program=DAEMON):
    env = {**os.environ, "CORGEA_HOME": str(daemon.home)}
    ended = subprocess.run(
        [sys.executable, *program, *args],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout + ended.stderr


def everything(daemon):
    found = {each["id"]: each["status"] for each in daemon.pages("/v1/deliveries")}
    return len(found), sum(status == "succeeded" for status in found.values())


def copy_of(daemon):
    return daemon.home / f"corgea.db.before-{NEXT}"


def tables(path):
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in db.execute("SELECT name FROM sqlite_master")}


def test_an_upgrade_keeps_a_copy_and_goes_on(daemon, receivers):
    receivers.release()
    daemon.program = newer()
    daemon.start()
    assert daemon.settled(30)
    assert everything(daemon) == (5 + WAITING, 5 + WAITING)
    assert "owners" in tables(daemon.database)
    assert "owners" not in tables(copy_of(daemon))
    assert copy_of(daemon).stat().st_mode & 0o077 == 0
    daemon.call("POST", "/v1/webhooks/fine/test")


def test_the_copy_leads_back_to_the_version_before(daemon, receivers):
    """The program of before refuses the newer database, and takes the copy."""
    daemon.program = newer()
    daemon.start()
    daemon.stop()
    before = daemon.database.read_bytes()
    daemon.program = DAEMON
    daemon.spawn()
    assert daemon.wait() == 1
    assert "made by a newer version" in daemon.log()
    assert daemon.database.read_bytes() == before, "it was refused and not touched"
    assert run(daemon, "migrate")[0] == 1
    assert run(daemon, "restore", str(copy_of(daemon)))[0] == 0
    receivers.release()
    daemon.start()
    assert daemon.settled(30)
    assert everything(daemon) == (5 + WAITING, 5 + WAITING)
    assert run(daemon, "check", "--audit")[0] == 0


def test_a_migration_that_fails_changes_nothing(daemon, receivers):
    before = tables(daemon.database)
    daemon.program = newer("broken")
    daemon.spawn()
    assert daemon.wait() == 1
    assert NEXT in daemon.log()
    assert "Traceback" not in daemon.log()
    with closing(sqlite3.connect(daemon.database)) as db:
        assert "owner" not in {row[1] for row in db.execute("PRAGMA table_info(webhooks)")}
    assert tables(daemon.database) == before
    daemon.program = DAEMON
    receivers.release()
    daemon.start()
    assert daemon.settled(30)
    assert everything(daemon) == (5 + WAITING, 5 + WAITING)


@pytest.mark.parametrize("place", ["backup.middle", "backup.written", "migrate.copied",
                                   *(f"migrate.statement:{n}" for n in (1, 2, 3, 4, 6)),
                                   "migrate.done"])  # fmt: skip
def test_the_next_start_completes_an_upgrade_that_was_killed(daemon, receivers, place):
    daemon.program = newer()
    daemon.spawn(place)
    assert daemon.wait() == -9, daemon.log()
    receivers.release()
    daemon.start()
    assert daemon.settled(30)
    assert everything(daemon) == (5 + WAITING, 5 + WAITING)
    assert "owners" not in tables(copy_of(daemon))


def test_an_app_of_today_works_with_a_daemon_of_tomorrow(daemon, receivers):
    """It knows one protocol more than they have in common, and says more than is asked."""
    receivers.release()
    daemon.program = newer()
    daemon.start()
    assert daemon.call("GET", "/v1/daemon")["temperament"] == "calm"
    app = ("-m", "corgea_tui")
    for args in (
        ("stats",),
        ("webhooks", "list"),
        ("deliveries", "list"),
        ("emit", "user.login", "--wait"),
    ):
        code, said = run(daemon, *args, program=app)
        assert code == 0, said
    code, said = run(daemon, "status")
    assert code == 0, said
    assert run(daemon, "stop")[0] == 0
    until(lambda: daemon.exit_code == 0)


def test_an_app_of_tomorrow_works_with_a_daemon_of_today(daemon, receivers):
    receivers.release()
    daemon.start()
    later = (
        "from daemon import protocol\nprotocol.API_MAX += 1\n"
        "from corgea_tui.__main__ import main\nmain()"
    )
    for args in (("stats",), ("webhooks", "list"), ("emit", "user.login", "--wait")):
        code, said = run(daemon, *args, program=("-c", later))
        assert code == 0, said
