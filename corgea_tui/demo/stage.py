"""The parts of a demo: a daemon, receivers, webhooks and a stream of events."""

import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from types import FrameType

from corgea_tui.client import calls
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.demo.endpoints import ENDPOINTS, DeadPort, DemoReceivers
from corgea_tui.demo.home import PARENT, DemoHome
from corgea_tui.demo.leftovers import sweep
from corgea_tui.demo.pump import EventPump

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class DemoStage:
    """A prepared demo; its events begin with `pump`."""

    home: DemoHome
    receivers: DemoReceivers

    def pump(self) -> EventPump:
        """The events; they begin when the result is entered."""
        return EventPump(self.home.client(), Random())  # noqa: S311  # made-up stories


@contextmanager
def stage() -> Iterator[DemoStage]:
    """Set up a demo; remove all of it at the end, also after an error.

    The homes of killed demos are removed first.
    """
    sweep(PARENT)
    with ExitStack() as stack:
        with _held():
            home = stack.enter_context(DemoHome())
        stack.callback(_ignore_signals)
        from corgea_tui.receiver.authority import authority

        trusted = authority(home.paths)  # before the start of the daemon, which reads it
        home.start()
        # Imported while the daemon starts: the receiver imports aiohttp, which takes a while.
        from corgea_tui.receiver.thread import ReceiverThread

        secret = secrets.token_hex(20)
        receivers = DemoReceivers(secret)
        receiver = stack.enter_context(ReceiverThread(trusted.server_context(), receivers))
        dead = DeadPort()
        stack.callback(dead.close)
        home.ready()
        with home.client() as client:
            _add_webhooks(client, receiver.url, dead.url, secret)
        yield DemoStage(home, receivers)


def end_once() -> None:
    """End the demo at the first Ctrl-C (or SIGTERM) and ignore further ones.

    A second signal must not interrupt the removal of the demo.
    """
    for number in ENDINGS:
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    _ignore_signals()
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _held() -> Iterator[None]:
    """Block signals during a step that must not be interrupted."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _add_webhooks(client: LeanClient, alive: str, dead: str, secret: str) -> None:
    for endpoint in ENDPOINTS:
        base = alive if endpoint.listens else dead
        form = {"name": endpoint.name, "url": f"{base}{endpoint.path}", "secret": secret}
        client.send(calls.add_webhook({**form, **endpoint.form}))
