"""Reads what the daemon does not stream, again and again while the screen is shown."""

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Generic, TypeVar

from textual.timer import Timer

from corgea_tui.client.client import Client
from corgea_tui.screens.main_screen import MainScreen

T = TypeVar("T")

RESTS = 10
"""A slow answer is followed by a rest so many times as long, so that link and store have room."""


class Refresher(Generic[T]):
    """Reads on behalf of a screen: one request at a time, none while hidden or without a link.

    `pace`: seconds between an answer and the next request, at least. `idle`: seconds between
    requests while nothing is `touch`ed.
    """

    def __init__(
        self,
        screen: MainScreen,
        work: Callable[[Client], Coroutine[Any, Any, T]],
        then: Callable[[T], None],
        failed: Callable[[str], None],
        *,
        group: str,
        pace: float = 2.0,
        idle: float = 0.0,
    ) -> None:
        self._screen = screen
        self._work = work
        self._then = then
        self._failed = failed
        self._group = group
        self.pace = pace
        self._idle = idle
        self._on = False
        self._touched = False
        self._asking = False
        self._asked = 0.0
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ask now, unless an answer is under way, and again from then on."""
        self._on = True
        if not self._asking:
            self._ask()

    def restart(self) -> None:
        """Ask now, something else than before: an answer that is under way is dropped."""
        self._on = True
        self._ask()

    def stop(self) -> None:
        """Ask no more; an answer that is under way is still taken."""
        self._on = False
        self._forget_timer()

    def touch(self) -> None:
        """Something has happened that the next answer will show."""
        self._touched = True

    def _look(self) -> None:
        self._timer = None
        if self._touched or monotonic() - self._asked >= self._idle:
            self._ask()
        else:
            self._wait(self.pace)

    def _ask(self) -> None:
        self._forget_timer()
        if not self._screen.session.link_state.connected:
            return  # started anew once there is a link
        self._touched = False
        self._asking = True
        self._asked = monotonic()
        self._screen.call(self._work, self._take, group=self._group, failed=self._fail)

    def _take(self, answer: T) -> None:
        self._rest()
        self._then(answer)

    def _fail(self, words: str) -> None:
        self._rest()
        self._failed(words)

    def _rest(self) -> None:
        self._asking = False
        if self._on:
            self._wait(max(self.pace, RESTS * (monotonic() - self._asked)))

    def _wait(self, seconds: float) -> None:
        self._forget_timer()
        self._timer = self._screen.set_timer(seconds, self._look)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
