"""Files are noticed to have changed in every way in which files get changed."""

import asyncio
import os
from pathlib import Path

import pytest

from daemon.settings import DeliverySettings, Settings, SettingsInvalid, live, watch
from daemon.settings.live import LiveSettings
from daemon.util.tasks import Tasks

TEN = "[delivery]\ntimeout = 10\n"
FIVE = "[delivery]\ntimeout = 5\n"
SEVEN = "[delivery]\ntimeout = 7\n"


@pytest.fixture
async def tasks():
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture(autouse=True)
def times(monkeypatch):
    monkeypatch.setattr(watch, "LOOK_EVERY", 60.0)  # nothing is found by looking alone
    monkeypatch.setattr(live, "GONE_AFTER", 0.3)


@pytest.fixture
def looking(monkeypatch):
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "corgea"
    folder.mkdir()
    file = folder / "daemon.toml"
    file.write_text(TEN)
    return file


def replace(path: Path, text: str) -> None:
    """As careful programs save: a new file moved over the old one."""
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text)
    beside.replace(path)


async def watched(path: Path, tasks: Tasks) -> LiveSettings:
    settings = LiveSettings(path)
    tasks.spawn(settings.watch(), "watch")
    await asyncio.sleep(0.1)
    return settings


async def until(condition, *, within: float = 5.0) -> None:
    async with asyncio.timeout(within):
        while not condition():  # no event tells of it
            await asyncio.sleep(0.01)


async def test_a_write_in_place_is_read(file, tasks):
    settings = await watched(file, tasks)
    file.write_text(FIVE)
    await until(lambda: settings.current.delivery.timeout == 5)


async def test_replacing_again_and_again_is_read_each_time(file, tasks):
    settings = await watched(file, tasks)
    for text, timeout in ((FIVE, 5), (SEVEN, 7), (TEN, 10)):
        replace(file, text)
        await until(lambda timeout=timeout: settings.current.delivery.timeout == timeout)


async def test_listeners_get_what_is_in_effect_now_and_only_changes(file, tasks):
    settings = await watched(file, tasks)
    seen: list[Settings] = []
    settings.listen(seen.append)
    replace(file, TEN + "# only a comment\n")
    await asyncio.sleep(0.5)
    assert seen == []
    replace(file, FIVE)
    await until(lambda: seen)
    assert seen == [Settings(delivery=DeliverySettings(timeout=5.0))]


async def test_a_broken_file_changes_nothing_and_is_reported_once(file, tasks, caplog):
    settings = await watched(file, tasks)
    replace(file, "[delivery]\ntimeout = 'x'\n")
    await until(lambda: settings.problems)
    assert settings.current.delivery.timeout == 10
    assert settings.problems[0].line == 2
    settings.reload()
    told = [each for each in caplog.messages if "daemon.toml:2: delivery.timeout must" in each]
    assert len(told) == 1
    replace(file, SEVEN)
    await until(lambda: settings.current.delivery.timeout == 7)
    assert settings.problems == ()


async def test_a_swapped_link_is_read_as_orchestrators_swap_them(tmp_path, tasks):
    mount = tmp_path / "mount"
    for version, text in (("..1", TEN), ("..2", FIVE)):
        (mount / version).mkdir(parents=True)
        (mount / version / "daemon.toml").write_text(text)
    (mount / "..data").symlink_to("..1")
    (mount / "daemon.toml").symlink_to("..data/daemon.toml")
    settings = await watched(mount / "daemon.toml", tasks)
    (mount / "..data_tmp").symlink_to("..2")
    (mount / "..data_tmp").replace(mount / "..data")
    await until(lambda: settings.current.delivery.timeout == 5)


async def test_a_file_kept_elsewhere_behind_a_link_is_read(file, tmp_path, tasks):
    kept = tmp_path / "dotfiles" / "daemon.toml"
    kept.parent.mkdir()
    kept.write_text(TEN)
    file.unlink()
    file.symlink_to(kept)
    settings = await watched(file, tasks)
    replace(kept, FIVE)
    await until(lambda: settings.current.delivery.timeout == 5)


async def test_the_folder_may_go_and_come_back(file, tasks, looking):
    settings = await watched(file, tasks)
    file.unlink()
    file.parent.rmdir()
    file.parent.mkdir()
    file.write_text(FIVE)
    await until(lambda: settings.current.delivery.timeout == 5)
    await asyncio.sleep(0.3)
    replace(file, SEVEN)
    await until(lambda: settings.current.delivery.timeout == 7)


async def test_a_folder_made_later_is_found(tmp_path, tasks, looking):
    file = tmp_path / "later" / "daemon.toml"
    settings = await watched(file, tasks)
    file.parent.mkdir()
    file.write_text(FIVE)
    await until(lambda: settings.current.delivery.timeout == 5)


async def test_a_removed_file_means_the_defaults_but_not_at_once(file, tasks):
    file.write_text(FIVE)
    settings = await watched(file, tasks)
    seen: list[Settings] = []
    settings.listen(seen.append)
    aside = file.with_suffix(".bak")
    file.replace(aside)  # as editors do that keep a copy
    await asyncio.sleep(0.2)
    file.write_text(FIVE)
    await asyncio.sleep(0.6)
    assert seen == []
    file.unlink()
    await until(lambda: settings.current == Settings())


async def test_a_file_that_is_being_written_is_not_read_half(file, tasks, monkeypatch):
    monkeypatch.setattr(watch, "SETTLE", 0.4)
    file.write_text(FIVE)
    settings = await watched(file, tasks)
    seen: list[Settings] = []
    settings.listen(seen.append)
    with file.open("w") as half:  # truncates: for a moment the file says nothing
        half.flush()
        await asyncio.sleep(0.02)
        half.write(SEVEN)
    await until(lambda: seen)
    assert [each.delivery.timeout for each in seen] == [7.0]


async def test_a_change_while_another_is_taken_over_is_noticed_too(file, tasks):
    """What was read late and is gone by the next look would otherwise stand for ever."""
    heard: list[bool] = []

    async def changed() -> None:
        if not heard:
            file.write_text("broken")  # while this is being taken over
            asyncio.get_running_loop().call_later(1.0, file.unlink)
        heard.append(file.exists())

    tasks.spawn(watch.watch_files(file.parent, lambda: [file], changed), "watch")
    await until(lambda: len(heard) == 3, within=8)
    assert heard == [True, True, False]


async def test_other_files_beside_it_change_nothing(file, tasks):
    calls = []

    async def changed() -> None:
        calls.append(1)

    tasks.spawn(watch.watch_files(file.parent, lambda: [file], changed), "watch")
    await until(lambda: calls)
    for name in ("corgea.db-wal", ".daemon.toml.swp", "daemon.toml~", "4913"):
        (file.parent / name).write_text("x")
    os.utime(file)
    await asyncio.sleep(0.5)
    assert calls == [1]


async def test_a_folder_that_is_written_to_all_the_time_is_looked_at_instead(
    file, tasks, tmp_path, monkeypatch
):
    watched_folders = []
    monkeypatch.setattr(watch, "awatch", lambda *folders, **_: watched_folders.append(folders))
    monkeypatch.setattr(watch, "LOOK_INSTEAD", 0.1)
    link = tmp_path / "link"  # the same folder by another name
    link.symlink_to(file.parent)
    settings = LiveSettings(file)
    tasks.spawn(settings.watch(link), "watch")
    await asyncio.sleep(0.1)
    replace(file, FIVE)
    await until(lambda: settings.current.delivery.timeout == 5.0)
    assert watched_folders == []


async def test_a_failing_listener_does_not_end_the_watch(file, tasks, caplog):
    calls = []

    async def changed() -> None:
        calls.append(1)
        raise RuntimeError("boom")

    tasks.spawn(watch.watch_files(file.parent, lambda: [file], changed), "watch")
    await until(lambda: len(calls) == 1)
    await asyncio.sleep(0.1)
    replace(file, FIVE)
    await until(lambda: len(calls) == 2)
    assert "could not be applied" in caplog.text


async def test_without_any_watch_the_files_are_still_looked_at(
    file, tasks, looking, monkeypatch, caplog
):
    def none_left(*folders, **options):
        raise OSError("no watches left")

    monkeypatch.setattr(watch, "awatch", none_left)
    settings = await watched(file, tasks)
    replace(file, FIVE)
    await until(lambda: settings.current.delivery.timeout == 5)
    assert "no watches left" in caplog.text


def test_nothing_starts_from_a_broken_file(file):
    file.write_text("timeout")
    with pytest.raises(SettingsInvalid):
        LiveSettings(file)
