"""The homes of killed demos: the next demo stops their daemons and removes the homes."""

import fcntl
import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

from corgea_tui.client import calls
from corgea_tui.client.errors import ClientError
from corgea_tui.client.host import UnixHost
from corgea_tui.client.lean_client import LeanClient
from daemon.protocol.paths import Paths

PREFIX = "corgea-demo-"
MARK = "demo.lock"
"""The demo of a home keeps this file locked while it runs."""
STOP_SECONDS = 15.0
POLL = 0.05


def hold(home: Path) -> int:
    """Mark `home` as in use by this process, until the returned descriptor is closed."""
    fd = os.open(home / MARK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    return fd


def sweep(parent: Path) -> None:
    """Remove this user's homes under `parent` whose demo has ended.

    A home that cannot be removed stays, without a message.
    """
    for home in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            _sweep(home)


def _sweep(home: Path) -> None:
    about = home.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
        return
    fd = os.open(home / MARK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: its demo runs
        if _stopped(home):
            shutil.rmtree(home)
    finally:
        os.close(fd)


def _stopped(home: Path) -> bool:
    """Stop the home's daemon; return whether it has ended."""
    paths = Paths.resolve({"CORGEA_HOME": os.fspath(home)})
    with suppress(ClientError), LeanClient(UnixHost(paths.control, named=True)) as client:
        client.send(calls.stop_daemon())
    deadline = time.monotonic() + STOP_SECONDS
    while _held(paths.lock):  # until its process ends
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)
    return True


def _held(lock: Path) -> bool:
    try:
        fd = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
