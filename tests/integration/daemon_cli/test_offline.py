"""Backup, restore, key rotation and migration of a real store while no daemon runs."""

import asyncio
import sqlite3

import pytest

from daemon.cli.run import run
from daemon.domain.events.catalogue import EventLimits, known_types
from daemon.domain.events.event import parse_event
from daemon.protocol.caller import DAEMON
from daemon.protocol.paths import Paths
from daemon.runtime.lock import Lock
from daemon.runtime.service import Service
from daemon.settings import Settings
from daemon.store.cipher import read_keys

SECRET = "the-first-secret-of-forty-characters-now"
FORM = {
    "name": "one",
    "url": "https://one.example.com/hidden-path",
    "events": ["scan.*"],
    "secret": SECRET,
    "headers": [{"name": "Authorization", "value": "Bearer hidden-token"}],
    "body_template": '{"text": "{{event_type}} hidden-body"}',
}
EVENT = b'{"event_id":"e1","event_type":"scan.failed","data":{"company":"c"}}'


@pytest.fixture
def paths(tmp_path, monkeypatch):
    monkeypatch.setenv("CORGEA_HOME", str(tmp_path / "home"))
    paths = Paths.resolve()
    paths.make()
    return paths


def with_service(paths, work):
    """Run `work(service)` on a started service, and stop it."""

    async def main():
        service = Service(paths, Settings())
        await service.start()
        try:
            return await work(service)
        finally:
            await service.stop()

    return asyncio.run(main())


@pytest.fixture
def store(paths):
    """A store with everything in it that is encrypted: a webhook, its old secret, a custom body."""

    async def fill(service):
        await service.webhooks.create(FORM, DAEMON)
        await service.webhooks.pause("one", DAEMON)
        await service.webhooks.replace("one", {**FORM, "secret": "2" * 40}, 1, DAEMON)
        await service.webhooks.activate("one", DAEMON)
        await service.dispatcher.stop(0)
        event = parse_event(EVENT, limits=EventLimits(), known_types=known_types())
        await service.intake.accept([event])

    with_service(paths, fill)
    return paths


def seen(paths):
    """What of the store can be opened: the configuration, the old secret, the rendered body."""

    async def look(service):
        webhook = service.registry.find("one").webhook
        sealed = service.db.execute_sql("SELECT delivery_row, sealed FROM bodies").fetchall()
        bodies = [service.cipher.open(value, f"body:{row}") for row, value in sealed]
        return webhook.config.secret, webhook.previous_secret, webhook.config.url, bodies

    return with_service(paths, look)


AS_FILLED = (
    "2" * 40,
    SECRET,
    "https://one.example.com/hidden-path",
    [b'{"text": "scan.failed hidden-body"}'],
)


def versions(paths):
    """The keys with which the store's values are encrypted, by column."""
    with sqlite3.connect(paths.database) as db:
        found = {
            f"{table}.{column}": {
                value[0]
                for (value,) in db.execute(f"SELECT {column} FROM {table}")
                if value is not None
            }
            for table, column in (
                ("webhooks", "sealed"),
                ("webhooks", "previous_secret"),
                ("revisions", "sealed"),
                ("bodies", "sealed"),
            )
        }
    db.close()
    return found


def test_rotation_encrypts_everything_anew(store, capsys):
    assert set(map(frozenset, versions(store).values())) == {frozenset({1})}
    assert run(["rotate-key"]) == 0
    assert set(map(frozenset, versions(store).values())) == {frozenset({2})}
    assert sorted(read_keys(store.key)) == [1, 2]
    assert "5 values are encrypted with a new key" in capsys.readouterr().err
    assert seen(store) == AS_FILLED


def test_every_sealed_column_is_known(store):
    from daemon.store.maintenance.offline import SEALED

    with sqlite3.connect(store.database) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        blobs = {
            (table, column[1])
            for table in tables
            for column in db.execute(f"PRAGMA table_info({table})")
            if column[2] == "BLOB"
        }
    db.close()
    plain = {("events", "payload"), ("events", "decisions"), ("attempts", "response_body")}
    assert blobs - plain == {
        (field.model._meta.table_name, field.column_name) for field, _ in SEALED
    }


def test_forgotten_keys_are_gone(store):
    old = read_keys(store.key)[1]
    assert run(["rotate-key", "--forget"]) == 0
    assert sorted(read_keys(store.key)) == [2]
    assert old not in read_keys(store.key).values()
    assert seen(store) == AS_FILLED


def test_a_rotation_cut_short_can_be_done_again(store, monkeypatch):
    from daemon.store.maintenance import offline

    done = []

    def power_cut(*column):
        if done:
            raise KeyboardInterrupt
        done.append(column)
        return reseal(*column)

    reseal = offline._reseal
    monkeypatch.setattr(offline, "_reseal", power_cut)
    assert run(["rotate-key"]) == 130
    assert seen(store) == AS_FILLED
    monkeypatch.setattr(offline, "_reseal", reseal)
    assert run(["rotate-key", "--forget"]) == 0
    assert seen(store) == AS_FILLED


def test_what_was_encrypted_before_is_not_left_in_the_file(store):
    with sqlite3.connect(store.database) as db:
        before = db.execute("SELECT sealed FROM webhooks").fetchone()[0]
    db.close()
    assert run(["rotate-key"]) == 0
    assert before not in store.database.read_bytes()


def test_a_wrong_key_file_changes_nothing(store, capsys):
    from daemon.store.cipher import write_keys

    right = store.key.read_bytes()
    write_keys(store.key, {1: b"x" * 32})
    assert run(["rotate-key"]) == 1
    assert "put back the key file that belongs to this database" in capsys.readouterr().err
    store.key.write_bytes(right)
    assert seen(store) == AS_FILLED


def test_a_backup_comes_back_with_all_that_waited(store, tmp_path, capsys):
    backup = tmp_path / "b.db"
    assert run(["backup", str(backup)]) == 0
    assert backup.stat().st_mode & 0o077 == 0

    async def lose(service):
        await service.webhooks.delete("one", None, DAEMON)

    with_service(store, lose)
    capsys.readouterr()
    assert run(["restore", str(backup)]) == 0
    said = capsys.readouterr().err
    assert "1 deliveries wait" in said
    assert seen(store) == AS_FILLED
    (kept,) = store.data.glob("corgea.db.before-restore-*")
    assert f"is now {kept}" in said
    assert not list(store.data.glob("*restoring*"))


def test_a_backup_from_before_a_rotation_still_opens(store, tmp_path):
    assert run(["backup", str(tmp_path / "b.db")]) == 0
    assert run(["rotate-key"]) == 0
    assert run(["restore", str(tmp_path / "b.db")]) == 0
    assert seen(store) == AS_FILLED


def test_a_backup_whose_key_is_gone_is_refused(store, tmp_path, capsys):
    assert run(["backup", str(tmp_path / "b.db")]) == 0
    assert run(["rotate-key", "--forget"]) == 0
    assert run(["restore", str(tmp_path / "b.db")]) == 1
    assert "put back the key file" in capsys.readouterr().err
    assert seen(store) == AS_FILLED


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, None])
def test_what_is_no_backup_is_refused_and_nothing_changes(store, tmp_path, capsys, content):
    file = tmp_path / "b.db"
    if content is not None:
        file.write_bytes(content)
    assert run(["restore", str(file)]) == 1
    said = capsys.readouterr().err
    assert "nothing was changed" in said
    assert "Traceback" not in said
    assert seen(store) == AS_FILLED
    assert not list(store.data.glob("*restor*"))


def test_a_damaged_backup_is_refused(store, tmp_path, capsys):
    file = tmp_path / "b.db"
    assert run(["backup", str(file)]) == 0
    whole = bytearray(file.read_bytes())
    for page in range(4096, len(whole) - 4096, 4096):
        whole[page : page + 64] = b"\xff" * 64
    file.write_bytes(whole)
    assert run(["restore", str(file)]) == 1
    assert "nothing was changed" in capsys.readouterr().err


def test_a_restore_into_an_empty_home(store, tmp_path, monkeypatch, capsys):
    assert run(["backup", str(tmp_path / "b.db")]) == 0
    monkeypatch.setenv("CORGEA_HOME", str(tmp_path / "other"))
    capsys.readouterr()
    assert run(["restore", str(tmp_path / "b.db")]) == 1
    assert "corgea.key is missing" in capsys.readouterr().err
    other = Paths.resolve()
    other.key.write_bytes(store.key.read_bytes())
    assert run(["restore", str(tmp_path / "b.db")]) == 0
    assert seen(other) == AS_FILLED


def test_a_backup_overwrites_nothing(store, tmp_path, capsys):
    (tmp_path / "b.db").write_text("precious")
    assert run(["backup", str(tmp_path / "b.db")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "b.db").read_text() == "precious"


@pytest.mark.parametrize("verb", [["migrate"], ["rotate-key"], ["backup", "/tmp/never.db"]])
def test_without_a_database_there_is_nothing_to_do(paths, capsys, verb):
    assert run(verb) == 1
    assert f"there is no database {paths.database}" in capsys.readouterr().err


@pytest.mark.parametrize("verb", [["migrate"], ["rotate-key"], ["restore", "/tmp/x.db"]])
def test_nothing_is_done_beside_a_running_daemon(store, capsys, verb):
    with Lock.take(store.lock):
        assert run(verb) == 1
    assert "stop it first (`corgea-daemon stop`)" in capsys.readouterr().err


def test_a_store_of_today_needs_no_migration(store, capsys):
    assert run(["migrate"]) == 0
    assert capsys.readouterr() == ("", "nothing to do\n")
