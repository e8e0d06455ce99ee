"""The ways to a daemon: the user's own, one behind a given socket, one at the end of a tunnel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corgea_tui.client.client import Client, Unreachable
from corgea_tui.client.errors import CommandError
from corgea_tui.client.link import Opener
from corgea_tui.client.starter import started
from daemon.protocol.paths import PathProblem, Paths

if TYPE_CHECKING:
    from corgea_tui.client.ssh_host import SshHost


@dataclass(frozen=True)
class Connector:
    """A way to a daemon."""

    opener: Opener
    socket: Path
    """Where it listens at first, as seen from here."""
    name: str
    """What it is called in the app."""


def own(paths: Paths, *, start: bool) -> Connector:
    """To the user's own daemon, which is started when none runs and `start` says so."""
    return Connector(LocalOpener(paths, start=start), paths.control, "local")


def behind(socket: Path) -> Connector:
    """To the daemon that listens on `socket`."""
    return Connector(SocketOpener(socket), socket, f"unix://{socket}")


def through(tunnel: "SshHost") -> Connector:
    """To a daemon on another machine; the tunnel opens now, and again whenever it has ended."""
    return Connector(TunnelOpener(tunnel), tunnel.open(), tunnel.url)


class LocalOpener:
    """Connects to the user's own daemon, and starts it the first time when it does not run.

    Only the first time: who stops a daemon under an open app does not want it back.
    """

    def __init__(self, paths: Paths, *, start: bool) -> None:
        self._paths = paths
        self._start = start

    async def __call__(self, say: Callable[[str], None]) -> Client:
        """A client; `Unreachable` when there is no daemon and none may be, or could be, started."""
        if self._start:
            self._start = False
            try:
                await started(self._paths, say)
            except PathProblem as problem:
                raise Unreachable(str(problem)) from problem
        return await _connected(self._paths.control)


class SocketOpener:
    """Connects to the daemon behind a given socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __call__(self, _say: Callable[[str], None]) -> Client:
        """A client; whether a daemon answers shows with the first call."""
        return await _connected(self._socket)


class TunnelOpener:
    """Connects through a tunnel, and opens it again when it has ended; nobody can be asked then."""

    def __init__(self, tunnel: "SshHost") -> None:
        self._tunnel = tunnel

    async def __call__(self, say: Callable[[str], None]) -> Client:
        """A client; `Unreachable` says why there is no tunnel."""
        if not self._tunnel.alive:
            say(f"opening {self._tunnel.url} again")
        try:
            socket = await asyncio.to_thread(self._tunnel.open, ask=False)
        except CommandError as error:
            raise Unreachable(error.message) from error
        except asyncio.CancelledError:
            self._tunnel.give_up()
            raise
        return await _connected(socket)


async def _connected(socket: Path) -> Client:
    # It brings httpx; keys work meanwhile.
    uds = await asyncio.to_thread(import_module, "corgea_tui.client.unix_socket")
    client: Client = uds.connect(socket)
    return client
