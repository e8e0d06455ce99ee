"""Keys take effect in the order in which they were typed, however fast they come."""

from collections import deque

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.timer import Timer

ROUNDS = 4
"""Times that the way from the focus to the app is gone over after a key: an input posts to
its row, the row to its field, the field to its form."""
LOOK = 0.05
"""Seconds between two looks whether what is waited for is still there, while keys wait."""


class KeyQueue(App[None], inherit_bindings=False):
    """An app in which a key waits until what the one before set off has happened.

    Textual gives a key to the widget with the focus, from where it climbs to the app, which looks
    its binding up. A letter works at the first step, backspace at the last: of a burst, as slow
    links deliver them, letters would overtake it, and a save would miss what was typed last.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed: deque[events.Event] = deque()
        """Keys, and what was pasted, that have not gone anywhere yet."""
        self._under_way = False
        """Whether a key is."""
        self._way: list[DOMNode] = []
        """What has still to get through with all that was there before, the next one first."""
        self._rounds = self._step = 0
        self._looks: Timer | None = None

    async def on_event(self, event: events.Event) -> None:
        """Hold a key back while another one is under way."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if self._under_way:
            await self._look()
        else:
            await self._let_next()

    async def _let_next(self) -> None:
        self._under_way = bool(self._typed)
        if self._typed:
            await super().on_event(self._typed.popleft())
            self._rounds = ROUNDS
            await self._go_on(self._step)

    async def _go_on(self, step: int) -> None:
        """What was waited for is through: wait for the next one above it, or let a key go."""
        if step != self._step:
            return  # it was given up
        self._step += 1
        while self._rounds or self._way:
            if not self._way:
                self._rounds -= 1
                way = (self.focused or self.screen).ancestors_with_self
                self._way = [each for each in way if each is not self]
            elif self._way[0].call_later(self._through, self._step):
                return
            else:
                del self._way[0]  # it is being closed
        await self._let_next()

    def _through(self, step: int) -> None:
        """Called by the one that is waited for, in its turn."""
        if step == self._step:
            del self._way[0]
            self.call_later(self._go_on, step)

    async def _look(self) -> None:
        """Wait no longer for a widget that is gone; look again later while keys wait."""
        if self._way and not self._way[0].call_later(_nothing):
            await self._go_on(self._step)
        if not self._typed and self._looks is not None:
            self._looks.stop()
            self._looks = None
        elif self._typed and self._looks is None:
            self._looks = self.set_interval(LOOK, self._look)


def _nothing() -> None:
    """Do nothing: `call_later` with this says whether a widget still takes calls."""
