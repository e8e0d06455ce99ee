"""The clocks of the daemon, which tests replace."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: wall-clock time, which may jump, for storage; monotonic time for waits."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since the epoch."""
        ...

    def steady(self) -> float:
        """Monotonic seconds."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def steady(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()
