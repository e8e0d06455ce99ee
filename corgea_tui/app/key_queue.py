"""A queue of keys, which take effect in the order in which the user types them."""

from collections import deque

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

ROUNDS = 4
"""Passes over the path from the focus to the app after a key. An input posts to its row, the row to
its field, the field to its form."""
CHECK_EVERY = 0.05
"""Seconds between two checks, while keys wait, that the awaited widget still exists."""


class KeyQueue(App[None], inherit_bindings=False):
    """An app in which a key waits until all effects of the previous key have happened.

    Textual gives a key to the focused widget, and it bubbles up to the app, which runs its binding.
    A letter takes effect at the first step, backspace at the last. In a burst of keys, as slow
    connections deliver them, letters would overtake a backspace, and a save would miss the last
    letters.
    """

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[events.Event] = deque()
        """Keys and pasted text that are not sent to a widget yet."""
        self._busy = False
        """Whether a key is being handled."""
        self._pending: list[DOMNode] = []
        """Widgets that still have to handle their queued messages, the next one first."""
        self._rounds = self._step = 0
        self._check_timer: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        """Queue a key while another one is being handled."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._queue.append(event)
        if self._busy:
            await self._check()
        else:
            await self._send_next()

    async def _send_next(self) -> None:
        self._busy = bool(self._queue)
        if self._queue:
            await super().on_event(self._queue.popleft())
            self._rounds = ROUNDS
            await self._advance(self._step)

    async def _advance(self, step: int) -> None:
        """Wait for the next widget above, or send the next key."""
        if step != self._step:
            return  # a later step replaced it
        self._step += 1
        while self._rounds or self._pending:
            if not self._pending:
                self._rounds -= 1
                path = (self.focused or self.screen).ancestors_with_self
                self._pending = [each for each in path if each is not self]
            elif self._pending[0].call_later(self._confirmed, self._step):
                return
            else:
                del self._pending[0]  # it is being closed
        await self._send_next()

    def _confirmed(self, step: int) -> None:
        """Go on: the awaited widget calls this after its queued messages."""
        if step == self._step:
            del self._pending[0]
            self.call_later(self._advance, step)

    async def _check(self) -> None:
        """Skip an awaited widget that was removed; check again later while keys wait."""
        if self._pending and not self._pending[0].call_later(_nothing):
            await self._advance(self._step)
        if not self._queue and self._check_timer is not None:
            self._check_timer.stop()
            self._check_timer = None
        elif self._queue and self._check_timer is None:
            self._check_timer = self.set_interval(CHECK_EVERY, self._check)


def _nothing() -> None:
    """Do nothing: `call_later` with this function returns whether a widget still takes calls."""
