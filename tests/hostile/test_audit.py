"""Every change is in the audit, and the audit cannot be changed without being found."""

import re
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from daemon.api.all_endpoints import ENDPOINTS
from daemon.cli.root import root
from daemon.protocol.caller import Caller
from daemon.store import audit
from daemon.store.audit import BrokenChain, append, verify_chain
from daemon.store.cipher import Cipher, KeyProblem
from daemon.store.database import open_writer
from daemon.store.maintenance.audit_check import check_audit, head_file, read_head
from daemon.store.maintenance.migrate import migrate
from daemon.store.maintenance.offline import restore_from, rotate

REPEAT_THE_LAST = (
    "INSERT INTO audit SELECT 5, at, login, uid, action, target, before, after, hash"
    " FROM audit WHERE id = 4"
)
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
    webhook = await rig.webhook(**form)
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
    job = await rig.call("POST", "/v1/deliveries/retry", {"filter": "status:failed", "rate": 0.01})
    cancelled = await rig.call("POST", f"/v1/jobs/{job.json['job_id']}/cancel")
    assert cancelled.status == 200, cancelled.body
    await rig.settled()
    rig.settings('[log]\nlevel = "warning"\n[notify]\ncommand = ["true", "--token", "N0TIFY"]\n')
    rig.live.reload()
    answer = await rig.call("DELETE", f"/v1/webhooks/{webhook['id']}", If_Match="3")
    assert answer.status == 204
    made = ["webhook.create", "webhook.update", "webhook.update"]
    done = [*(action for *_, action in calls), "job.retry", "job.cancel"]
    return [*made, *done, "settings.change", "webhook.delete"]


def test_every_changing_call_is_tested_here():
    """A new endpoint must come with its entry: these are all that there are."""
    found = {
        f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS if endpoint.method != "GET"
    }
    assert found - {"POST /v1/events"} == {
        "POST /v1/webhooks",
        "PUT /v1/webhooks/{id}",
        "DELETE /v1/webhooks/{id}",
        "POST /v1/webhooks/test",
        *(f"POST /v1/webhooks/{{id}}/{verb}" for verb in ("test", "pause", "activate", "replay")),
        "POST /v1/deliveries/{id}/retry",
        "POST /v1/deliveries/retry",
        "POST /v1/jobs/{id}/cancel",
        "POST /v1/daemon/stop",
        "POST /v1/daemon/backup",
    }


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
        append(db, cipher, entry)
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


def forge(path, login):
    """Write the chain anew under another name, as far as the database alone allows."""
    with closing(sqlite3.connect(path)) as db, db:
        every = "SELECT * FROM audit ORDER BY id"
        rows = db.execute(every).fetchall()
        previous = audit.FIRST
        for number, at, _login, *rest, _hash in rows:
            previous = audit.entry_hash(previous, (at, login, *rest))
            values = (login, previous, number)
            db.execute("UPDATE audit SET login = ?, hash = ? WHERE id = ?", values)
        assert verify_chain(db.execute(every)).number == len(rows)


def test_a_forged_chain_is_found_without_the_key(copied):
    path, key = copied
    forge(path, "eve")
    with pytest.raises(BrokenChain, match="was not written by this daemon"):
        check_audit(path, key)


def test_a_seal_of_another_key_is_reported(copied):
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


def test_the_command_reports_tampering(copied, monkeypatch):
    path, _ = copied
    monkeypatch.setenv("CORGEA_HOME", str(path.parent))
    sound = CliRunner().invoke(root, ["check", "--audit"])
    assert sound.exit_code == 0
    assert sound.output.startswith("valid: 4 audit entries, the last with hash ")
    tamper(path, "UPDATE audit SET target = 'x' WHERE id = 2")
    broken = CliRunner().invoke(root, ["check", "--audit"])
    assert broken.exit_code == 1
    assert "tampered with: entry 2 is not what was written" in broken.output


def append_one(path, key, name):
    """What a daemon does that knows nothing of what was done to the file."""
    cipher, db = Cipher.from_file(key, make=False), open_writer(path)
    entry = (1, ANN.login, ANN.uid, "webhook.create", name, None, None)
    end = append(db, cipher, entry)
    db.close()
    return end


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit WHERE id > 2",
        "DELETE FROM audit",
        "UPDATE audit SET login = 'eve' WHERE id = 4",
        "DELETE FROM meta WHERE key = 'audit'",
        REPEAT_THE_LAST,
    ],
)
def test_later_entries_do_not_repair_a_broken_chain(copied, statement):
    path, key = copied
    tamper(path, statement)
    for name in ("five", "six"):
        append_one(path, key, name)
    with pytest.raises(BrokenChain):
        check_audit(path, key)


def test_a_forged_chain_is_found_after_later_entries_too(copied):
    path, key = copied
    forge(path, "eve")
    append_one(path, key, "five")
    with pytest.raises(BrokenChain, match="entry 5 is not what was written"):
        check_audit(path, key)


def test_a_known_hash_must_be_in_the_chain(copied):
    path, key = copied
    end = check_audit(path, key)
    assert check_audit(path, key, known=end.hash.upper()) == end
    with pytest.raises(BrokenChain, match="no entry has the hash 00"):
        check_audit(path, key, known="00")


async def older_database(rig) -> bytes:
    """A copy of the database of this moment; one more entry follows."""
    await rig.call("POST", "/v1/daemon/backup", {"path": f"{rig.paths.data}/older.db"})
    await rig.call("POST", "/v1/webhooks/hook/pause")
    return (rig.paths.data / "older.db").read_bytes()


def put_in_place(path, content):
    for suffix in ("-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    path.write_bytes(content)


async def test_an_older_database_in_its_place_is_found_and_stays_found(rig):
    await rig.webhook()
    older = await older_database(rig)
    await rig.stop()
    path, key = rig.paths.database, rig.paths.key
    newest = check_audit(path, key)
    assert read_head(head_file(key)) == newest
    assert f"hash {newest.hash}" in rig.log._printed.stream.getvalue()
    put_in_place(path, older)
    words = f"it ends with entry {newest.number - 1}, but entry {newest.number} was written here"
    with pytest.raises(BrokenChain, match=words):
        check_audit(path, key)
    await rig.start()
    assert words in rig.log._printed.stream.getvalue()
    for _ in range(3):
        await rig.call("POST", "/v1/webhooks/hook/test")
    assert read_head(head_file(key)) == newest, "the file is the evidence"
    with pytest.raises(BrokenChain, match="is another than the one that was written here"):
        check_audit(path, key)


async def test_a_restore_is_not_tampering(rig):
    await rig.webhook()
    older = await older_database(rig)
    await rig.stop()
    backup = rig.paths.data / "backup.db"
    backup.write_bytes(older)
    restore_from(backup, rig.paths.database, rig.paths.key)
    check_audit(rig.paths.database, rig.paths.key)
    rotate(rig.paths.database, rig.paths.key, forget=False)
    end = check_audit(rig.paths.database, rig.paths.key)
    assert read_head(head_file(rig.paths.key)) == end
    await rig.start()
    assert "tampered" not in rig.log._printed.stream.getvalue()


async def test_a_head_file_that_lags_after_a_crash_catches_up(rig):
    await rig.webhook()
    await rig.stop()
    head, end = head_file(rig.paths.key), check_audit(rig.paths.database, rig.paths.key)
    for left in (None, "rubbish\n"):
        head.unlink() if left is None else head.write_text(left)
        if left is None:
            assert check_audit(rig.paths.database, rig.paths.key) == end
        else:
            with pytest.raises(BrokenChain, match="cannot be read"):
                check_audit(rig.paths.database, rig.paths.key)
        await rig.start()
        await rig.stop()
    assert head.read_text() == "rubbish\n", "what is damaged is left for people to look at"
    head.unlink()
    await rig.start()
    assert read_head(head) == end


async def test_a_credential_sent_elsewhere_is_audited_before_it_is_sent(rig):
    lent = {"headers": [{"name": "Authorization", "value": HEADER}]}
    webhook = await rig.webhook(**lent)
    seen = []

    async def look(_):
        with closing(sqlite3.connect(rig.paths.database)) as db:
            sql = "SELECT action, after FROM audit ORDER BY id DESC LIMIT 1"
            seen.append(db.execute(sql).fetchone())
        return 200

    rig.receiver.answer = look
    form = {
        "id": webhook["id"],
        "name": "elsewhere",
        "url": rig.receiver.url(f"/drop/{TOKEN}"),
        "events": ["scan.*"],
        "headers": [{"name": "Authorization"}],
    }
    answer = await rig.call("POST", "/v1/webhooks/test", form)
    assert answer.json["attempt"]["http_status"] == 200
    ((action, after),) = seen
    assert action == "webhook.test_unsaved"
    assert webhook["id"] in after
    assert "127.0.0.1" in after or "localhost" in after
    assert TOKEN not in after
