"""Tells watchers that the daemon's own figures have changed: looked at once for all of them."""

from collections.abc import Callable

from daemon.api.health import Figures, figures
from daemon.api.parts import Parts


class Pulse:
    """Counts the states of the daemon's figures, as far as anybody has looked."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._last: Figures | None = None
        self.beat = 0
        """The number of the state that was seen last."""

    def look(self, wake: Callable[[], None]) -> None:
        """Look at the figures; when they have changed, count and `wake` those who show them."""
        found = figures(self._parts)
        if found != self._last:
            self._last = found
            self.beat += 1
            wake()
