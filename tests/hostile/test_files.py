"""Files: owners of folders, links in others' folders, a careless umask."""

import asyncio
import os
import resource
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from corgea_tui.client.starter import listening, start_daemon
from daemon.protocol.paths import PathProblem, Paths
from daemon.store.maintenance.audit_check import NAME as AUDIT_END
from daemon.store.maintenance.migrate import copy

STRANGER = 4_000_009
SECRET = "S3CRET-" + "x" * 33

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.parametrize("which", ["data", "run", "webhooks", "store"])
def test_a_world_writable_folder_is_refused(tmp_path, which):
    store = tmp_path / "elsewhere"
    store.mkdir()
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path / "home")})
    paths = replace(paths, store=store / "corgea.db")
    paths.make()
    folder = store if which == "store" else getattr(paths, which)
    folder.chmod(0o777)
    with pytest.raises(PathProblem, match=f"every user may write to {folder}; close it"):
        paths.make()
    folder.chmod(0o775)  # a group of one's own is what many systems give each user
    paths.make()


@only_root
def test_a_folder_of_another_user_is_refused():
    with tempfile.TemporaryDirectory(prefix="cg", dir="/tmp") as home:
        paths = Paths.resolve({"CORGEA_HOME": home})
        paths.make()
        for folder in (paths.data, paths.run):
            os.chown(folder, STRANGER + 1, STRANGER)
            folder.chmod(0o770)
        paths.make()  # root may work on a service's home
        with pytest.raises(PathProblem, match=f"{home} belongs to another user"):
            as_stranger(paths.make)


def as_stranger(act):
    """Do it in this process with a stranger's rights."""
    os.setegid(STRANGER)
    os.seteuid(STRANGER)
    try:
        act()
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_folders_that_are_created_are_private():
    with tempfile.TemporaryDirectory(prefix="cg", dir="/tmp") as home:
        before = os.umask(0)
        try:
            Paths.resolve({"HOME": home}).make()
        finally:
            os.umask(before)
        made = [path for path in Path(home).rglob("*") if path.is_dir()]
        assert len(made) > 5
        assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}


async def test_no_umask_opens_a_file(monkeypatch):
    """A home that was made open to readers, and a umask of nothing."""
    with tempfile.TemporaryDirectory(prefix="cg", dir="/tmp") as home:
        await careless(Path(home), monkeypatch)


async def careless(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    monkeypatch.setenv("CORGEA_HOME", str(tmp_path))
    paths = Paths.resolve()
    before = os.umask(0)
    try:
        process = start_daemon(paths)
    finally:
        os.umask(before)
    try:
        async with asyncio.timeout(30):
            while not await listening(paths.control):
                assert process.poll() is None, (tmp_path / "daemon.log").read_text()
                await asyncio.sleep(0.02)
        backup = [sys.executable, "-m", "daemon", "backup", str(tmp_path / "copy.db")]
        await asyncio.to_thread(subprocess.run, backup, check=True, capture_output=True)
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
    finally:
        process.terminate()
        process.wait(20)
    found = {path.relative_to(tmp_path) for path in tmp_path.rglob("*")}
    names = {path.name for path in found}
    assert {"corgea.db", "corgea.key", AUDIT_END, "copy.db", "daemon.log"} <= names
    open_ones = {
        str(path)
        for path in found
        if stat.S_IMODE((tmp_path / path).stat().st_mode) & 0o077 and (tmp_path / path).is_file()
    }
    assert open_ones == set()


async def test_a_backup_follows_no_link(rig, tmp_path):
    await rig.webhook()
    victim, lying = tmp_path / "victim", tmp_path / "copy.db"
    lying.symlink_to(victim)
    answer = await rig.call("POST", "/v1/daemon/backup", {"path": str(lying)})
    assert answer.status == 409
    assert "exists already" in answer.json["detail"]
    (tmp_path / "other.db.part").symlink_to(victim)
    answer = await rig.call("POST", "/v1/daemon/backup", {"path": f"{tmp_path}/other.db"})
    assert answer.status == 200
    assert not victim.exists()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("relative.db", 422),
        ("/tmp/\0", 422),
        ("/nowhere/copy.db", 422),
        ("/tmp", 409),
        ("/dev/null", 409),
        ("/proc/copy.db", 409),
        ("/tmp/" + "x" * 300, 409),
    ],
)
async def test_a_path_that_cannot_hold_a_backup_is_refused(rig, path, status):
    answer = await rig.call("POST", "/v1/daemon/backup", {"path": path})
    assert answer.status == status, answer.body


async def test_a_backup_fills_no_file_of_others(rig, tmp_path, monkeypatch):
    """Whoever may write to the folder makes the draft again as soon as it was removed."""
    await rig.webhook()
    unlink = Path.unlink

    def raced(path, **options):
        unlink(path, **options)
        if path.name.endswith(".part"):
            path.touch(mode=0o666)

    monkeypatch.setattr(Path, "unlink", raced)
    answer = await rig.call("POST", "/v1/daemon/backup", {"path": f"{tmp_path}/copy.db"})
    assert answer.status == 409
    assert "cannot be written" in answer.json["detail"]
    assert (tmp_path / "copy.db.part").read_bytes() == b""
    with pytest.raises(FileExistsError):
        await asyncio.to_thread(copy, rig.paths.database, tmp_path / "copy.db")


async def test_a_debug_log_holds_no_data(rig):
    rig.settings('[log]\nlevel = "debug"\n')
    rig.live.reload()
    await rig.webhook(secret=SECRET)
    await rig.emit({"company": "EVENT-DATA"})
    await rig.settled()
    await rig.get("/v1/deliveries", q="EVENT-DATA")
    said = rig.log._printed.stream.getvalue()
    assert "audit entry 2: webhook.create" in said
    for hidden in (SECRET, "EVENT-DATA", "SELECT", "INSERT"):
        assert hidden not in said
