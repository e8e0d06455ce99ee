"""The two listening sockets. They check every request and pass it to its endpoint."""

import asyncio
import logging
import socket
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from daemon.api import problems
from daemon.api.access import AccessControl
from daemon.api.call import Call
from daemon.api.connection import FIRST, ServerConnection, SharedBySocket, SocketName
from daemon.api.endpoint import Endpoint, EndpointTable
from daemon.api.health import Pulse
from daemon.api.parts import Parts
from daemon.api.problems import answer, forbidden
from daemon.api.quotas import BodyBudget, Quotas, QuotaUsage
from daemon.api.sockets import BACKLOG
from daemon.domain.problems import printable
from daemon.protocol import Problem
from daemon.protocol.refusal import Refusal
from daemon.services.refusals import refusal_of
from daemon.store.errors import StoreError

log = logging.getLogger(__name__)

DRAIN = 5.0
"""Seconds that calls which have begun may take to end when the daemon stops."""

_TURNS = 0.01
"""Seconds in which the loop takes over a connection that the kernel has accepted."""


class SocketServer(web.Server):
    """One socket: its endpoints and its connections."""

    def __init__(self, name: SocketName, table: EndpointTable, api: "Api") -> None:
        self.shared = SharedBySocket(name, api.usage, set())
        self._table = table
        self._api = api
        self._running = asyncio.get_running_loop()
        super().__init__(self._serve, loop=self._running)

    def __call__(self) -> ServerConnection:
        """A protocol for a connection that was just accepted."""
        return ServerConnection(self, self.shared, self._running)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, ServerConnection)  # noqa: S101  # made by __call__, and for mypy
        connection.begin_request(request)
        try:
            return await self._handle(request, connection)
        except (Refusal, StoreError) as error:
            _cut_if_begun(request, connection, error)
            refusal = error if isinstance(error, Refusal) else refusal_of(error)
            response = answer(refusal.problem, retry_after=refusal.retry_after)
            if not request.content.is_eof():
                response.force_close()
            return response
        except ConnectionError:
            raise  # the peer has disconnected; aiohttp closes the connection
        except Exception as error:
            log.exception("%s %s failed", request.method, request.path)
            _cut_if_begun(request, connection, error)
            return answer(problems.internal())
        finally:
            connection.end_request()

    async def _handle(
        self, request: web.BaseRequest, connection: ServerConnection
    ) -> web.StreamResponse:
        uid = connection.peer.uid
        if connection.refused:
            self.shared.usage.refuse_connection(uid)
        self.shared.usage.count_request(uid)
        caller = await self._api.access.caller(connection.peer)
        found = self._table.find(request.method, request.rel_url.raw_path)
        if found.endpoint is None:
            return self._no_endpoint(request, found.allowed)
        if not caller.may(found.endpoint.role):
            raise forbidden(
                f"{caller.login} is {caller.role} here, and this call needs {found.endpoint.role};"
                " an admin can give that role in [access] of the daemon's settings"
            )
        call = Call(
            request,
            connection,
            self._api.parts,
            caller,
            found.endpoint,
            found.arguments,
            self._api.access,
            self._api.connections,
            self._api.pulse,
            self._api.body_budget,
        )
        try:
            return await found.endpoint.handler(call)
        finally:
            call.close()

    def _no_endpoint(self, request: web.BaseRequest, allowed: tuple[str, ...]) -> web.Response:
        path = printable(request.path)
        if allowed:
            methods = ", ".join(allowed)
            detail = f"{path} supports {methods}, not {request.method}"
            response = answer(Problem("Method not allowed", 405, detail))
            response.headers["Allow"] = methods
            return response
        hint = (
            "this socket answers only POST /v1/events"
            if self.shared.name == "inbox"
            else "GET /openapi.json lists all calls"
        )
        return answer(Problem("Not found", 404, f"there is no call {path}; {hint}"))


def _cut_if_begun(request: web.BaseRequest, connection: ServerConnection, error: Exception) -> None:
    """Abort a connection on which part of the answer was sent: the peer sees that it is incomplete.

    A second answer would be read as part of the first.
    """
    if request.writer.output_size > 0:
        connection.cut()
        raise ConnectionError from error


class Api:
    """Both sockets of one daemon."""

    def __init__(
        self, parts: Parts, endpoints: Iterable[Endpoint], quotas: Quotas | None = None
    ) -> None:
        self.parts = parts
        self.access = AccessControl(lambda: parts.settings().access)
        self.usage = QuotaUsage(quotas or Quotas(), self.access.is_own)
        endpoints = tuple(endpoints)
        inbox = [
            endpoint
            for endpoint in endpoints
            if endpoint.path == "/v1/events" and endpoint.method == "POST"
        ]
        self._servers = {
            "control": SocketServer("control", EndpointTable(endpoints), self),
            "inbox": SocketServer("inbox", EndpointTable(inbox), self),
        }
        self.pulse = Pulse(parts)
        self.body_budget = BodyBudget()
        self._runners: list[web.ServerRunner] = []
        self._listeners: list[socket.socket] = []
        self._paths: list[Path] = []

    def connections(self) -> list[ServerConnection]:
        """All open connections, oldest first."""
        live = (each for server in self._servers.values() for each in server.shared.live)
        return sorted(live, key=lambda connection: connection.since_ms)

    def tick(self) -> None:
        """Wake watchers when the daemon's figures changed; called about once a second."""
        self.pulse.check(self._wake_streams)

    def _wake_streams(self) -> None:
        for connection in self._servers["control"].shared.live:
            connection.wake_stream()

    async def start(self, name: SocketName, listener: socket.socket, *, ours: bool) -> None:
        """Answer on a listening socket. `ours`: its path is removed when the daemon stops."""
        runner = web.ServerRunner(self._servers[name], shutdown_timeout=DRAIN)
        await runner.setup()
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        self._runners.append(runner)
        self._listeners.append(listener)
        if ours:
            self._paths.append(Path(listener.getsockname()))

    async def close(self) -> None:
        """Accept no further calls, finish those that have begun, close every connection."""
        for path in self._paths:
            path.unlink(missing_ok=True)
        await self._finish_new_connections()
        for server in self._servers.values():
            for connection in server.shared.live:
                connection.hang_up()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        self._listeners.clear()

    async def _finish_new_connections(self) -> None:
        """Accept no further connection, and wait a moment for the first request of new ones.

        Where systemd holds the sockets, the next daemon answers further connections. The listeners
        are closed later: when its server is closed, asyncio drops accepted connections.
        """
        loop = asyncio.get_running_loop()
        for listener in self._listeners:
            loop.remove_reader(listener)
        for _ in range(int(FIRST / _TURNS)):
            await asyncio.sleep(_TURNS)
            if not any(connection.expected for connection in self.connections()):
                return
