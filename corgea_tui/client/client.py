"""The app's client of the daemon: asynchronous, on httpx, with the stream of changes.

A `Carrier` moves the bytes (`httpx_carrier.py`). This file does not import httpx, as that takes
longer than the rest of the start until the first paint.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol, TypeVar

from corgea_tui.client import calls
from corgea_tui.client.api_call import ApiCall, RawChange, decode_change
from corgea_tui.client.errors import check_protocol
from daemon.protocol import DaemonInfo

T = TypeVar("T")


class Carrier(Protocol):
    """Carries one call to the daemon and its answer back."""

    async def call(self, call: ApiCall[object]) -> bytes:
        """The body of a 2xx answer; raises `Refused` for another status, else `Unreachable`."""
        ...

    def lines(self, call: ApiCall[object]) -> AsyncGenerator[list[bytes]]:
        """The lines of an endless answer, in batches as they arrive."""
        ...

    def pieces(self, call: ApiCall[object]) -> AsyncGenerator[bytes]:
        """A long answer in pieces."""
        ...

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        ...


class Client:
    """One daemon. The owner must `close` the client. All errors are those of `errors.py`."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._carrier.close()

    async def send(self, call: ApiCall[T]) -> T:
        """Carry out a call of `calls.py`; return its decoded answer."""
        return call.decode(await self._carrier.call(call))

    async def daemon(self) -> DaemonInfo:
        """The daemon's info; raises `ProtocolMismatch` when it is too old or too new."""
        call = calls.daemon()
        answer = await self._carrier.call(call)
        hello = calls.hello().decode(answer)
        check_protocol(hello.version, hello.api)
        return call.decode(answer)

    def export(self, text: str, kind: str) -> AsyncGenerator[bytes]:
        """The matching history, as `csv` or `ndjson`, in pieces."""
        return self._carrier.pieces(calls.export(text, kind))

    async def changes(self, since: int | None) -> AsyncGenerator[list[RawChange]]:
        """All changes after `since`, in batches; an empty batch is a heartbeat."""
        async with aclosing(self._carrier.lines(calls.changes(since))) as stream:
            async for lines in stream:
                yield [decode_change(line) for line in lines if line]
