"""Files in webhooks.d/ become webhooks of a real store, change with it and go with it."""

import asyncio
import shutil
from contextlib import asynccontextmanager

import pytest

from daemon.domain.webhooks.config import WebhookState
from daemon.protocol.caller import DAEMON, Caller
from daemon.protocol.paths import Paths
from daemon.protocol.refusal import Refusal
from daemon.runtime.service import Service
from daemon.services import provisioning
from daemon.services.provisioning import Provisioner
from daemon.settings import Settings
from daemon.util.tasks import Tasks

ADMIN = Caller("ada", 1000, 1, "admin")


def table(name: str, **keys: object) -> str:
    rows = {"url": f"https://{name}.example.com/x", "events": ["scan.*"], **keys}
    lines = (f"{key} = {value!r}" for key, value in rows.items())
    return "\n".join(["[[webhook]]", f"name = {name!r}", *lines, ""])


@pytest.fixture
def paths(tmp_path):
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path / "home")})
    paths.make()
    return paths


@asynccontextmanager
async def running(paths: Paths, gone_after: float = 0.3):
    """A service and its provisioner, started as the daemon does."""
    service, tasks = Service(paths, Settings()), Tasks()
    await service.start()
    provisioner = Provisioner(
        paths.webhooks, service.webhooks, service.registry, gone_after=gone_after
    )
    try:
        await provisioner.sync()
        tasks.spawn(provisioner.run(), "webhook files")
        yield service, provisioner
    finally:
        await tasks.close()
        await service.stop()


async def until(condition) -> None:
    async with asyncio.timeout(8):
        while not condition():  # no event tells of it
            await asyncio.sleep(0.01)


def names(service: Service) -> dict[str, str | None]:
    return {entry.webhook.config.name: entry.webhook.managed_by for entry in service.registry.all()}


def replace(path, text: str) -> None:
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(text)
    draft.replace(path)


def complaints(provisioner: Provisioner) -> list[tuple[str, int | None]]:
    return [(each.file.rpartition("/")[2], each.line) for each in provisioner.problems]


async def test_files_are_there_before_the_first_event_can_be(paths):
    (paths.webhooks / "a.toml").write_text(table("one") + table("two", secret="s" * 40))
    async with running(paths) as (service, provisioner):
        assert names(service) == {"one": "a.toml", "two": "a.toml"}
        assert service.registry.find("two").webhook.config.secret == "s" * 40
        assert provisioner.problems == ()


async def test_what_is_added_changed_and_removed_is_followed(paths):
    async with running(paths) as (service, _):
        file = paths.webhooks / "a.toml"
        replace(file, table("one", secret="s" * 40))
        await until(lambda: names(service) == {"one": "a.toml"})
        uid = service.registry.find("one").uid
        replace(file, table("one", url="https://new.example.com/"))
        await until(lambda: "new" in service.registry.find("one").webhook.config.url)
        webhook = service.registry.find(uid).webhook
        assert webhook.version == 2
        assert webhook.config.secret is None, "the file owns all of it"
        file.unlink()
        await until(lambda: names(service) == {})


async def test_what_does_not_change_is_not_saved_again(paths):
    (paths.webhooks / "a.toml").write_text(table("one"))
    async with running(paths) as (service, provisioner):
        replace(paths.webhooks / "a.toml", "# reordered\n" + table("one"))
        await asyncio.sleep(0.4)
        await provisioner.sync()
        assert service.registry.find("one").webhook.version == 1


async def test_state_and_consecutive_failures_are_the_stores(paths):
    file = paths.webhooks / "a.toml"
    file.write_text(table("one"))
    async with running(paths) as (service, _):
        await service.webhooks.pause("one", ADMIN)
        replace(file, table("one", events=["user.login"]))
        await until(lambda: service.registry.find("one").webhook.version == 2)
        assert service.registry.find("one").webhook.state is WebhookState.PAUSED


async def test_a_broken_file_changes_nothing_and_disturbs_no_other(paths):
    a, b = paths.webhooks / "a.toml", paths.webhooks / "b.toml"
    a.write_text(table("one"))
    async with running(paths) as (service, provisioner):
        replace(a, table("one", url="http://plain.example.com") + table("two"))
        replace(b, table("three"))
        await until(lambda: names(service) == {"one": "a.toml", "three": "b.toml"})
        assert complaints(provisioner) == [("a.toml", 3)]
        assert service.registry.find("one").webhook.version == 1
        replace(a, table("two"))
        await until(lambda: names(service) == {"two": "a.toml", "three": "b.toml"})
        assert provisioner.problems == ()


async def test_a_file_that_broke_while_no_daemon_ran_changes_nothing_either(paths):
    file = paths.webhooks / "a.toml"
    file.write_text(table("one"))
    async with running(paths):
        pass
    file.write_text("[[webhook]\n")
    async with running(paths, gone_after=0.05) as (service, provisioner):
        await asyncio.sleep(0.2)
        assert names(service) == {"one": "a.toml"}
        assert complaints(provisioner) == [("a.toml", 1)]


async def test_a_file_removed_while_no_daemon_ran_is_noticed(paths):
    file = paths.webhooks / "a.toml"
    file.write_text(table("one"))
    async with running(paths) as (service, _):
        await service.webhooks.create(
            {"name": "by hand", "url": "https://h.example.com", "events": ["scan.*"]}, ADMIN
        )
    file.unlink()
    async with running(paths) as (service, _):
        assert names(service) == {"one": "a.toml", "by hand": None}
        await until(lambda: names(service) == {"by hand": None})


async def test_a_file_that_is_only_being_replaced_removes_nothing(paths):
    file = paths.webhooks / "a.toml"
    file.write_text(table("one"))
    async with running(paths, gone_after=1.5) as (service, _):
        uid = service.registry.find("one").uid
        file.unlink()
        await asyncio.sleep(0.4)
        file.write_text("")  # truncated first, as some editors do
        await asyncio.sleep(0.3)
        file.write_text(table("one"))
        await asyncio.sleep(1.2)
        assert service.registry.find("one").uid == uid


async def test_a_renamed_file_keeps_its_webhooks_history(paths):
    file = paths.webhooks / "a.toml"
    file.write_text(table("one"))
    async with running(paths, gone_after=0.1) as (service, _):
        uid = service.registry.find("one").uid
        file.rename(paths.webhooks / "b.toml")
        await until(lambda: names(service) == {"one": "b.toml"})
        await asyncio.sleep(0.3)
        assert service.registry.find("one").uid == uid


async def test_a_name_that_is_taken_waits_until_it_is_free(paths, monkeypatch):
    monkeypatch.setattr(provisioning, "AGAIN_AFTER", 0.1)
    async with running(paths) as (service, provisioner):
        form = {"name": "one", "url": "https://h.example.com", "events": ["scan.*"]}
        await service.webhooks.create(form, ADMIN)
        replace(paths.webhooks / "a.toml", table("one"))
        await until(lambda: provisioner.problems)
        assert "belongs to no file" in provisioner.problems[0].message
        assert names(service) == {"one": None}
        await service.webhooks.delete("one", None, ADMIN)
        await until(lambda: names(service) == {"one": "a.toml"})
        await until(lambda: provisioner.problems == ())


async def test_editing_and_deleting_answer_with_the_files_name(paths):
    (paths.webhooks / "a.toml").write_text(table("one"))
    async with running(paths) as (service, _):
        with pytest.raises(Refusal, match=r"a\.toml"):
            await service.webhooks.delete("one", None, ADMIN)
        with pytest.raises(Refusal, match=r"a\.toml"):
            await service.webhooks.replace("one", {"name": "one"}, None, ADMIN)


async def test_a_secret_in_a_file_of_its_own_is_followed(paths):
    keys = paths.data / "keys"
    keys.mkdir()
    (keys / "one").write_text("k" * 40 + "\n")
    (paths.webhooks / "a.toml").write_text(table("one", secret=f"file:{keys}/one"))
    async with running(paths) as (service, _):
        assert service.registry.find("one").webhook.config.secret == "k" * 40
        replace(keys / "one", "n" * 40 + "\n")
        await until(lambda: service.registry.find("one").webhook.config.secret == "n" * 40)
        assert service.registry.find("one").webhook.previous_secret == "k" * 40


async def test_the_folder_may_vanish_without_taking_the_webhooks_along(paths):
    (paths.webhooks / "a.toml").write_text(table("one"))
    async with running(paths, gone_after=0.05) as (service, provisioner):
        shutil.move(paths.webhooks, paths.data / "elsewhere")
        await until(lambda: provisioner.problems)
        assert "No such file" in provisioner.problems[0].message
        await asyncio.sleep(0.2)
        assert names(service) == {"one": "a.toml"}
        shutil.move(paths.data / "elsewhere", paths.webhooks)
        await until(lambda: provisioner.problems == ())


async def test_orchestrators_swapped_links_are_followed(paths):
    for version, name in (("..1", "one"), ("..2", "two")):
        (paths.webhooks / version).mkdir()
        (paths.webhooks / version / "a.toml").write_text(table(name))
    (paths.webhooks / "..data").symlink_to("..1")
    (paths.webhooks / "a.toml").symlink_to("..data/a.toml")
    async with running(paths) as (service, _):
        assert names(service) == {"one": "a.toml"}
        (paths.webhooks / "..new").symlink_to("..2")
        (paths.webhooks / "..new").replace(paths.webhooks / "..data")
        await until(lambda: names(service) == {"two": "a.toml"})


async def test_a_store_that_fails_for_a_moment_is_asked_again(paths, monkeypatch, caplog):
    monkeypatch.setattr(provisioning, "AGAIN_AFTER", 0.1)
    async with running(paths) as (service, _):
        create, calls = service.webhooks.create, []

        async def failing(*args, **options):
            calls.append(args)
            if len(calls) == 1:
                raise RuntimeError("disk on fire")
            return await create(*args, **options)

        monkeypatch.setattr(service.webhooks, "create", failing)
        replace(paths.webhooks / "a.toml", table("one"))
        await until(lambda: names(service) == {"one": "a.toml"})
        assert "trying again" in caplog.text


async def test_what_was_done_stands_in_the_audit_under_the_daemons_name(paths):
    (paths.webhooks / "a.toml").write_text(table("one"))
    async with running(paths) as (service, _):
        rows = service.db.execute_sql("SELECT login, action, target FROM audit").fetchall()
        assert rows == [(DAEMON.login, "webhook.create", "one")]
