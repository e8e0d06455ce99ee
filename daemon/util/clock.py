"""Time, as the daemon is told it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: the wall's, which may jump, for what is stored; a steady one for waits."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since the epoch."""
        ...

    def steady(self) -> float:
        """Seconds that only ever grow."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def steady(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()
