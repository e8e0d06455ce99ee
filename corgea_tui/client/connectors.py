"""Connectors of the app to a daemon.

There is one for the user's own daemon (started when none runs), one for the daemon at a given
socket, and one for a daemon on another machine over ssh. `first_load` reads the first lists without
httpx, so that they are painted at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corgea_tui.client import calls
from corgea_tui.client.calls import FIRST_PAGE
from corgea_tui.client.client import Client
from corgea_tui.client.errors import ClientError, Unreachable
from corgea_tui.client.host import UnixHost
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.client.link import Opener
from corgea_tui.client.starter import ensure_started
from corgea_tui.client.updates import Snapshot
from daemon.protocol.paths import PathProblem, Paths

if TYPE_CHECKING:
    from corgea_tui.client.ssh_host import SshHost


@dataclass(frozen=True)
class Connector:
    """The connection settings of one daemon."""

    opener: Opener
    socket: Path
    """The local socket of the first connection."""
    name: str
    """The daemon's name in the app."""


def own_daemon(paths: Paths, *, start: bool) -> Connector:
    """Connects to the user's own daemon; with `start`, starts one when none runs."""
    return Connector(LocalOpener(paths, start=start), paths.control, "local")


def daemon_at(socket: Path) -> Connector:
    """Connects to the daemon that listens on `socket`."""
    return Connector(SocketOpener(socket), socket, f"unix://{socket}")


def daemon_over(tunnel: "SshHost") -> Connector:
    """Connects to a daemon on another machine.

    The tunnel opens now, and again each time it has ended.
    """
    return Connector(TunnelOpener(tunnel), tunnel.open(), tunnel.url)


class LocalOpener:
    """Connects to the user's own daemon; the first connection starts it when none runs.

    Later connections do not start one, as the user may have stopped the daemon on purpose.
    """

    def __init__(self, paths: Paths, *, start: bool) -> None:
        self._paths = paths
        self._start = start

    async def __call__(self, report: Callable[[str], None]) -> Client:
        """A client; raises `Unreachable` when no daemon runs and none may or can be started."""
        if self._start:
            self._start = False
            try:
                await ensure_started(self._paths, report)
            except PathProblem as problem:
                raise Unreachable(str(problem)) from problem
        return await _connected(self._paths.control)


class SocketOpener:
    """Connects to the daemon at a given socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __call__(self, _report: Callable[[str], None]) -> Client:
        """A client; the first call shows whether a daemon answers."""
        return await _connected(self._socket)


class TunnelOpener:
    """Connects through a tunnel, and opens it again when it has ended, without prompts."""

    def __init__(self, tunnel: "SshHost") -> None:
        self._tunnel = tunnel

    async def __call__(self, report: Callable[[str], None]) -> Client:
        """A client; raises the error of the tunnel when it cannot be opened."""
        if not self._tunnel.alive:
            report(f"opening {self._tunnel.url} again")
        try:
            socket = await asyncio.to_thread(self._tunnel.open, ask=False)
        except asyncio.CancelledError:
            self._tunnel.cancel_open()
            raise
        return await _connected(socket)


async def first_load(control: Path) -> Snapshot | None:
    """The lists of the daemon at a socket; None when that fails: the link reports why.

    This uses the commands' client, as the import of httpx takes longer than the rest of the start
    until the first paint with data.
    """
    return await asyncio.to_thread(_first_load, control)


def _first_load(control: Path) -> Snapshot | None:
    try:
        with LeanClient(UnixHost(control, named=True)) as client:
            daemon = client.send(calls.daemon())
            webhooks = client.send(calls.webhooks())
            deliveries = client.send(calls.deliveries(limit=FIRST_PAGE))
    except ClientError:
        return None
    if webhooks.next is not None:
        return None
    seq = min(webhooks.seq, deliveries.seq)
    return Snapshot(daemon, tuple(webhooks.items), deliveries, seq)


async def _connected(socket: Path) -> Client:
    # In a thread, because it imports httpx: the app reacts to keys meanwhile.
    carrier = await asyncio.to_thread(import_module, "corgea_tui.client.httpx_carrier")
    client: Client = carrier.connect(socket)
    return client
