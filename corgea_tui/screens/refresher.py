"""Polls data that the daemon does not stream, while a screen is shown."""

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Generic, TypeVar

from textual.timer import Timer

from corgea_tui.client.client import Client
from corgea_tui.screens.main_screen import MainScreen

T = TypeVar("T")

REST_FACTOR = 10
"""The pause after an answer, as a multiple of its duration: it limits the load of slow requests."""


class Refresher(Generic[T]):
    """Polls for a screen: one request at a time, none while hidden or without a link.

    `pace`: the least seconds between an answer and the next request. `idle`: the seconds between
    requests without a `touch`.
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
        self._requesting = False
        self._requested_at = 0.0
        self._timer: Timer | None = None

    def start(self) -> None:
        """Request now, unless a request is under way, and repeat from then on."""
        self._on = True
        if not self._requesting:
            self._request()

    def restart(self) -> None:
        """Request other data now; the answer to an earlier request is dropped."""
        self._on = True
        self._request()

    def stop(self) -> None:
        """Request nothing more; the answer to the current request is still taken."""
        self._on = False
        self._forget_timer()

    def touch(self) -> None:
        """Note a change, so that the next poll makes a request."""
        self._touched = True

    def _poll(self) -> None:
        self._timer = None
        if self._touched or monotonic() - self._requested_at >= self._idle:
            self._request()
        else:
            self._wait(self.pace)

    def _request(self) -> None:
        self._forget_timer()
        if not self._screen.session.link_state.connected:
            return  # started again once there is a link
        self._touched = False
        self._requesting = True
        self._requested_at = monotonic()
        self._screen.call(self._work, self._take, group=self._group, failed=self._fail)

    def _take(self, answer: T) -> None:
        self._rest()
        self._then(answer)

    def _fail(self, words: str) -> None:
        self._rest()
        self._failed(words)

    def _rest(self) -> None:
        self._requesting = False
        if self._on:
            self._wait(max(self.pace, REST_FACTOR * (monotonic() - self._requested_at)))

    def _wait(self, seconds: float) -> None:
        self._forget_timer()
        self._timer = self._screen.set_timer(seconds, self._poll)

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
