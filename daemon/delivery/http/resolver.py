"""Name look-ups. A name server that does not answer for one host does not delay other hosts.

`getaddrinfo` blocks a thread and cannot be cancelled: an abandoned look-up blocks its thread until
the system's own timeout. So the resolver has its own threads (in asyncio's shared pool, six hanging
names stop everything), one host uses at most two of them, and they are daemon threads, which do not
delay the end of the process.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from aiohttp.abc import AbstractResolver, ResolveResult

from daemon.delivery.http.timings import current_timings

Addresses = tuple[str, ...]
Lookup = Callable[[str], Addresses]
"""Gives the addresses of a host; blocks; raises OSError."""

LOOKUPS_AT_ONCE = 32
LOOKUPS_PER_HOST = 2


def system_lookup(host: str) -> Addresses:
    """The addresses of `host` as the system's resolver gives them, best first."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return tuple(str(entry[4][0]) for entry in found)


@dataclass(slots=True)
class _Answer:
    """The result of a look-up and its time, shared by the callers that waited for it."""

    at: float
    addresses: Addresses = ()
    error: OSError | None = None

    def unpack(self) -> Addresses:
        if self.error is not None:  # a new exception for each caller of this answer
            raise type(self.error)(*self.error.args)
        return self.addresses


@dataclass(slots=True)
class _Host:
    """The look-ups of one host: a gate for running ones, how many callers, the last result."""

    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKUPS_PER_HOST))
    users: int = 0
    latest: _Answer | None = None


class Resolver(AbstractResolver):
    """aiohttp's resolver for deliveries: bounded, fair between hosts, cancellable, without a cache.

    Callers that wait for the same host share an answer that arrives after their request. Nothing is
    kept longer: the system caches as long as the records allow.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._slots = asyncio.Semaphore(LOOKUPS_AT_ONCE)
        self._hosts: dict[str, _Host] = {}

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  # aiohttp's interface
    ) -> list[ResolveResult]:
        """The addresses of `host`. Raises OSError when there are none."""
        timings = current_timings()
        timings.lookup_began()
        addresses = await self._addresses(host)
        timings.lookup_ended()
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        """Does nothing: running look-ups end with their threads, and their answers are dropped."""

    async def _addresses(self, host: str) -> Addresses:
        requested_at = monotonic()
        entry = self._hosts.setdefault(host, _Host())
        entry.users += 1
        try:
            # The host's gate first: a host that hangs must not wait in line for the shared slots.
            await entry.gate.acquire()
        except BaseException:
            self._forget(host, entry)
            raise
        if entry.latest is not None and entry.latest.at >= requested_at:
            self._finish(host, entry)
            return entry.latest.unpack()
        try:
            await self._slots.acquire()
        except BaseException:
            self._finish(host, entry)
            raise
        return await self._run(host, entry)

    async def _run(self, host: str, entry: _Host) -> Addresses:
        """Look up in a thread, which holds the host's gate and a slot until it has ended."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[_Answer] = loop.create_future()

        def ended(answer: _Answer) -> None:
            entry.latest = answer
            self._slots.release()
            self._finish(host, entry)
            if not answered.done():
                answered.set_result(answer)

        def work() -> None:
            answer = self._look_up(host)
            with suppress(RuntimeError):  # the loop is closed, and no caller waits
                loop.call_soon_threadsafe(ended, answer)

        try:
            threading.Thread(target=work, name=f"look-up of {host}", daemon=True).start()
        except RuntimeError as error:  # the system gives no more threads
            failed = socket.gaierror(socket.EAI_AGAIN, str(error))
            ended(_Answer(monotonic(), error=failed))
        return (await answered).unpack()

    def _look_up(self, host: str) -> _Answer:
        """Runs in a thread."""
        try:
            addresses = self._lookup(host)
        except OSError as error:
            return _Answer(monotonic(), error=error)
        except ValueError:  # a label that is empty or too long
            failed = socket.gaierror(socket.EAI_NONAME, "not a name that can be looked up")
            return _Answer(monotonic(), error=failed)
        return _Answer(monotonic(), addresses)

    def _finish(self, host: str, entry: _Host) -> None:
        entry.gate.release()
        self._forget(host, entry)

    def _forget(self, host: str, entry: _Host) -> None:
        entry.users -= 1
        if entry.users == 0:
            del self._hosts[host]


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )
