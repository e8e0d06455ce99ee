"""Who did what is written down, all of it, and cannot be changed unseen."""

import re
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from daemon.caller import Caller
from daemon.cli.root import root
from daemon.store import audit
from daemon.store.audit import BrokenChain, append, verify_chain
from daemon.store.audit_check import check_audit
from daemon.store.cipher import Cipher, KeyProblem
from daemon.store.database import execute, open_writer
from daemon.store.migrate import migrate
from daemon.store.offline import restore_from, rotate

SECRET = "a-secret-of-some-length-0123456789abcdef"
HEADER = "Bearer VERY-SECRET-VALUE"
TOKEN = "XXXXXXXXXXXXXXXXXXXXXXXX"
TEMPLATE = '{"routing_key": "R0UTING-KEY", "p": {{payload}}}'


async def fail(_):
    return 500


async def changes(rig) -> list[str]:
    """Every call that changes something, once; the actions that the audit must hold."""
    form = {
        "name": "hook",
        "url": rig.receiver.url(f"/services/{TOKEN}"),
        "events": ["scan.*"],
        "secret": SECRET,
        "headers": [{"name": "Authorization", "value": HEADER}],
        "body_template": TEMPLATE,
        "retry": {"schedule": []},
    }
    rig.receiver.answer = fail
    hook = await rig.webhook(**form)
    await rig.call("PUT", "/v1/webhooks/hook", {**form, "projects": ["p"]}, If_Match="1")
    await rig.call("PUT", "/v1/webhooks/hook", form, If_Match="2")
    event = await rig.emit()
    await rig.settled()
    delivery = event["deliveries"][0]["id"]
    calls = [
        ("POST", f"/v1/deliveries/{delivery}/retry", None, "delivery.retry"),
        ("POST", "/v1/webhooks/hook/activate", None, "webhook.activate"),  # the streak
        ("POST", "/v1/webhooks/hook/test", None, "webhook.test"),
        ("POST", "/v1/webhooks/test", {**form, "name": "x"}, "webhook.test_unsaved"),
        ("POST", "/v1/webhooks/hook/pause", None, "webhook.pause"),
        ("POST", "/v1/webhooks/hook/activate", None, "webhook.activate"),
        ("POST", "/v1/deliveries/retry", {"filter": "status:failed"}, "job.retry"),
        ("POST", "/v1/webhooks/hook/replay", {"since": "1h"}, "job.replay"),
        ("POST", "/v1/daemon/backup", {"path": f"{rig.paths.data}/copy.db"}, "daemon.backup"),
        ("POST", "/v1/daemon/stop", None, "daemon.stop"),
    ]
    for method, path, body, _ in calls:
        answer = await rig.call(method, path, body)
        assert answer.status in {200, 202}, (path, answer.body)
        await rig.settled()
    rig.settings('[log]\nlevel = "warning"\n[notify]\ncommand = ["true", "--token", "N0TIFY"]\n')
    rig.live.reload()
    answer = await rig.call("DELETE", f"/v1/webhooks/{hook['id']}", If_Match="3")
    assert answer.status == 204
    made = ["webhook.create", "webhook.update", "webhook.update"]
    return [*made, *(action for *_, action in calls), "settings.change", "webhook.delete"]


async def test_every_change_leaves_an_entry_without_a_secret(rig):
    expected = await changes(rig)
    answer = await rig.get("/v1/audit", limit=100)
    entries = list(reversed(answer.json["items"]))
    assert [entry["action"] for entry in entries] == expected
    assert {(entry["login"], entry["uid"]) for entry in entries} <= {("root", 0), ("daemon", 0)}
    by_action = {entry["action"]: entry for entry in entries}
    assert by_action["webhook.update"]["before"]["projects"] == ["p"]
    assert by_action["webhook.update"]["after"]["projects"] == []
    assert by_action["settings.change"]["after"]["log.level"] == "warning"
    for secret in (SECRET, HEADER, TOKEN, "R0UTING-KEY", "N0TIFY"):
        assert secret not in answer.body.decode()
    assert check_audit(rig.paths.database, rig.paths.key).number == len(entries)


ANN = Caller("ann", 1000, 1, "admin")


@pytest.fixture
def copied(tmp_path):
    """A store with four entries, and its key."""
    path, key = tmp_path / "corgea.db", tmp_path / "corgea.key"
    cipher = Cipher.from_file(key, make=True)
    db = open_writer(path)
    migrate(db, path)
    for name in ("one", "two", "three", "four"):
        entry = (1, ANN.login, ANN.uid, "webhook.create", name, None, {"name": name})
        append(lambda sql, params: execute(db, sql, params), cipher, entry)
    db.close()
    return path, key


def tamper(path, *statements):
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit SET login = 'eve' WHERE id = 2", "entry 2 is not what was written"),
        ("UPDATE audit SET uid = 1 WHERE id = 1", "entry 1 is not what was written"),
        ("UPDATE audit SET at = at + 1 WHERE id = 4", "entry 4 is not what was written"),
        ("UPDATE audit SET after = NULL WHERE id = 3", "entry 3 is not what was written"),
        ("UPDATE audit SET hash = 'x' WHERE id = 3", "entry 3 is not what was written"),
        ("DELETE FROM audit WHERE id = 1", "entry 1 is missing; the next is 2"),
        ("DELETE FROM audit WHERE id = 3", "entry 3 is missing; the next is 4"),
        ("DELETE FROM audit WHERE id > 2", "entries 3 to 4 are missing at the end"),
        ("DELETE FROM audit", "entries 1 to 4 are missing at the end"),
        ("DELETE FROM meta WHERE key = 'audit'", "was taken away"),
        ("UPDATE meta SET value = 'zz' WHERE key = 'audit'", "seal of the audit's end is damaged"),
    ],
)
def test_the_first_broken_entry_is_named(copied, statement, words):
    path, key = copied
    tamper(path, statement)
    with pytest.raises(BrokenChain, match=re.escape(words)):
        check_audit(path, key)


def test_a_chain_made_anew_without_the_key_is_seen(copied):
    path, key = copied
    with closing(sqlite3.connect(path)) as db, db:
        rows = db.execute(f"SELECT id, {audit._COLUMNS} FROM audit ORDER BY id").fetchall()
        previous = audit.FIRST
        for number, at, _login, *rest, _hash in rows:
            row = (at, "eve", *rest)
            previous = audit.entry_hash(previous, row)
            values = ("eve", previous, number)
            db.execute("UPDATE audit SET login = ?, hash = ? WHERE id = ?", values)
        assert verify_chain(audit.entries(db.execute)).number == 4
    with pytest.raises(BrokenChain, match="written by somebody else"):
        check_audit(path, key)


def test_the_seal_of_another_key_says_so(copied):
    path, key = copied
    key.write_text("1:" + "A" * 43 + "=\n")
    with pytest.raises(KeyProblem, match="does not open with the key file"):
        check_audit(path, key)


def test_the_audit_outlives_a_new_key_and_a_restore(copied):
    path, key = copied
    rotate(path, key, forget=True)
    assert check_audit(path, key).number == 5
    backup = path.with_name("backup.db")
    path.rename(backup)
    restore_from(backup, path, key)
    assert check_audit(path, key).number == 6
    with closing(sqlite3.connect(path)) as db:
        found = db.execute("SELECT action, target FROM audit ORDER BY id DESC LIMIT 2").fetchall()
    assert found == [("store.restore", str(backup)), ("key.rotate", "version 2")]


def test_the_command_says_it(copied, monkeypatch):
    path, _ = copied
    monkeypatch.setenv("CORGEA_HOME", str(path.parent))
    sound = CliRunner().invoke(root, ["check", "--audit"])
    assert sound.exit_code == 0
    assert sound.output.startswith("sound: 4 audit entries, the last with hash ")
    tamper(path, "UPDATE audit SET target = 'x' WHERE id = 2")
    broken = CliRunner().invoke(root, ["check", "--audit"])
    assert broken.exit_code == 1
    assert "tampered with: entry 2 is not what was written" in broken.output
