"""The start of the per-user daemon when none runs."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import daemon
from corgea_tui.client.errors import Unreachable
from daemon.protocol.paths import Paths

START_TIMEOUT = 20.0
"""Seconds that a daemon may take until it listens: after an upgrade it migrates its database."""
POLL = 0.03
LOG_LINES = 3


async def listening(socket: Path) -> bool:
    """Whether a daemon answers on its socket."""
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    writer.close()
    return True


async def ensure_started(paths: Paths, report: Callable[[str], None]) -> None:
    """Start a daemon unless one listens; raises `Unreachable` with the end of its log."""
    if await listening(paths.control):
        return
    report("starting a daemon")
    process = start_daemon(paths)
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while not await listening(paths.control):
                if process.poll() is not None and not await listening(paths.control):
                    raise Unreachable(f"the daemon did not start: {_end_of_log(paths)}")
                await asyncio.sleep(POLL)
    except TimeoutError as error:
        raise Unreachable(f"the daemon does not listen: {_end_of_log(paths)}") from error


def start_daemon(paths: Paths, env: Mapping[str, str] = os.environ) -> subprocess.Popen[bytes]:
    """Start a daemon that outlives this process, with this environment; it logs to `paths.log`."""
    paths.make()
    log = paths.log or Path(os.devnull)
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.touch(mode=0o600)
    root = Path(daemon.__file__).parent.parent
    # Other distributions install a package of this name, too: this one comes first (-P).
    path = os.pathsep.join(filter(None, [os.fspath(root), env.get("PYTHONPATH")]))
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "daemon", "run"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd="/",
            env={**env, "PYTHONPATH": path},
            start_new_session=True,  # neither Ctrl-C nor the end of the terminal ends it
        )


def _end_of_log(paths: Paths) -> str:
    if paths.log is None or not paths.log.exists():
        return "there is no log"
    lines = paths.log.read_text("utf-8", "replace").strip().splitlines()
    return " / ".join(lines[-LOG_LINES:]) or "its log is empty"
