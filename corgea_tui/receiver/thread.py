"""A receiver on a thread of its own, for a program that uses the main thread."""

import asyncio
import ssl
import threading
from concurrent.futures import Future
from typing import Self

from corgea_tui.receiver.server import Receiver, Responder

STOP_SECONDS = 5.0


class ReceiverThread:
    """Runs a receiver on a thread and a loop of its own. Use as a context manager."""

    def __init__(self, context: ssl.SSLContext, respond: Responder, port: int = 0) -> None:
        """Parameters of `Receiver`; `respond` is called on the receiver's thread."""
        self._receiver = Receiver(context, respond, port)
        self._ready: Future[None] = Future()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()  # bound to the loop that first waits for it
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    @property
    def url(self) -> str:
        """The receiver's URL, without a path."""
        return self._receiver.url

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        try:
            await self._receiver.start()
        except Exception as error:  # noqa: BLE001  # raised in the thread that waits for the start
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        try:
            await self._ended.wait()
        finally:
            await self._receiver.stop()
