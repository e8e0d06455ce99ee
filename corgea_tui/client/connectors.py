"""Connectors: how the app reaches a daemon.

The user's own (started when none runs), the one behind a given socket, or one on another machine
through ssh. `first_load` reads the first lists without httpx, so that they are painted at once.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from corgea_tui.client import calls
from corgea_tui.client.calls import FIRST
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
    """How to reach one daemon."""

    opener: Opener
    socket: Path
    """The socket on this machine that leads to it at first."""
    name: str
    """The daemon's name in the app."""


def own(paths: Paths, *, start: bool) -> Connector:
    """Connects to the user's own daemon; with `start`, starts one when none runs."""
    return Connector(LocalOpener(paths, start=start), paths.control, "local")


def behind(socket: Path) -> Connector:
    """Connects to the daemon that listens on `socket`."""
    return Connector(SocketOpener(socket), socket, f"unix://{socket}")


def through(tunnel: "SshHost") -> Connector:
    """Connects to a daemon on another machine.

    The tunnel opens now, and again each time it has ended.
    """
    return Connector(TunnelOpener(tunnel), tunnel.open(), tunnel.url)


class LocalOpener:
    """Connects to the user's own daemon, and starts it the first time when it does not run.

    Only the first time: a user who stops the daemon under an open app does not want it back.
    """

    def __init__(self, paths: Paths, *, start: bool) -> None:
        self._paths = paths
        self._start = start

    async def __call__(self, say: Callable[[str], None]) -> Client:
        """A client; `Unreachable` when no daemon runs and none may be, or could be, started."""
        if self._start:
            self._start = False
            try:
                await ensure_started(self._paths, say)
            except PathProblem as problem:
                raise Unreachable(str(problem)) from problem
        return await _connected(self._paths.control)


class SocketOpener:
    """Connects to the daemon behind a given socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __call__(self, _say: Callable[[str], None]) -> Client:
        """A client; the first call shows whether a daemon answers."""
        return await _connected(self._socket)


class TunnelOpener:
    """Connects through a tunnel, and opens it again when it has ended, without any question."""

    def __init__(self, tunnel: "SshHost") -> None:
        self._tunnel = tunnel

    async def __call__(self, say: Callable[[str], None]) -> Client:
        """A client; the error of the tunnel says why there is none."""
        if not self._tunnel.alive:
            say(f"opening {self._tunnel.url} again")
        try:
            socket = await asyncio.to_thread(self._tunnel.open, ask=False)
        except asyncio.CancelledError:
            self._tunnel.give_up()
            raise
        return await _connected(socket)


async def first_load(control: Path) -> Snapshot | None:
    """The lists of the daemon behind a socket; None when that fails: the link reports why.

    To import httpx takes longer than everything else until the first paint with data; the
    commands' client takes next to nothing.
    """
    return await asyncio.to_thread(_first_load, control)


def _first_load(control: Path) -> Snapshot | None:
    try:
        with LeanClient(UnixHost(control, named=True)) as client:
            daemon = client.send(calls.daemon())
            webhooks = client.send(calls.webhooks())
            deliveries = client.send(calls.deliveries(limit=FIRST))
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
