"""Everything that runs behind a demo: a daemon, receivers, webhooks and a stream of events."""

import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from types import FrameType

from corgea_tui.client import calls
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.demo.endpoints import ENDPOINTS, Crowd, DeadPort
from corgea_tui.demo.home import PARENT, Home
from corgea_tui.demo.leftovers import sweep
from corgea_tui.demo.pump import Pump

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Stage:
    """A demo that is set up; its events begin with `pump`."""

    home: Home
    crowd: Crowd

    def pump(self) -> Pump:
        """The events, to be entered when somebody watches."""
        return Pump(self.home.client(), Random())  # noqa: S311  # made-up stories


@contextmanager
def stage() -> Iterator[Stage]:
    """Set up; on the way out all of it is taken down, whatever happened.

    What a killed demo could not take down goes first.
    """
    sweep(PARENT)
    with ExitStack() as stack:
        with _held():
            home = stack.enter_context(Home())
        stack.callback(_deaf)
        from corgea_tui.receiver.authority import authority

        trusted = authority(home.paths)  # before the daemon starts, which reads it
        home.start()
        # Meanwhile, as the daemon starts: the receiver needs aiohttp, which takes its time.
        from corgea_tui.receiver.thread import ReceiverThread

        secret = secrets.token_hex(20)
        crowd = Crowd(secret)
        receiver = stack.enter_context(ReceiverThread(trusted.server_context(), crowd))
        dead = DeadPort()
        stack.callback(dead.close)
        home.ready()
        with home.client() as client:
            _add_webhooks(client, receiver.url, dead.url, secret)
        yield Stage(home, crowd)


def end_once() -> None:
    """Have the first Ctrl-C (or SIGTERM) end the demo, and any further one ignored.

    What is set up is taken down in one go: a second one must not leave half of it behind.
    """
    for number in ENDINGS:
        signal.signal(number, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    _deaf()
    raise KeyboardInterrupt


def _deaf() -> None:
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _held() -> Iterator[None]:
    """Put signals off for a step that is done whole or not at all."""
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
