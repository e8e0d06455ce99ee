"""A simulated clock: time passes only when nothing is ready, by a jump to the next timer."""

import asyncio
import selectors
from typing import Any

SPINS = 20_000
"""Turns of the loop within one instant from which it counts as a busy loop."""


class Deadlock(AssertionError):
    """Nothing is ready and no timer is set: what is awaited will never come."""


class Livelock(AssertionError):
    """The loop turns and no time passes: in reality a processor at 100%."""


class VirtualTime:
    """Both clocks of a simulated machine; the wall's can be set, the steady one only advances."""

    def __init__(self) -> None:
        self._steady = 1_000.0
        self._ahead_ms = 1_760_000_000_000
        self._settings = [(0.0, self._ahead_ms)]

    def now_ms(self) -> int:
        return self._ahead_ms + int(self._steady * 1000)

    def steady(self) -> float:
        return self._steady

    def advance(self, seconds: float) -> None:
        self._steady += seconds

    def jump(self, ms: int) -> None:
        """Set the wall clock forward or back."""
        self._ahead_ms += ms
        self._settings.append((self._steady, self._ahead_ms))

    def latest_ms(self, since: float) -> int:
        """What the wall would show if it had stayed as far ahead as it has been at most `since`."""
        before = max(at for at, _ in self._settings if at <= since)
        return int(self._steady * 1000) + max(ms for at, ms in self._settings if at >= before)


class _Selector(selectors.SelectSelector):
    """Waits by letting the virtual time pass; no file is ever ready."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time
        self.spins = 0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nothing is ready and no timer is set")
        if timeout > 0:
            self._time.advance(timeout)
            self.spins = 0
        else:
            self.spins += 1
            if self.spins > SPINS:
                raise Livelock(f"{SPINS} turns of the loop and no time has passed")
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on virtual time. It has no threads and no sockets."""

    def __init__(self, time: VirtualTime) -> None:
        self._virtual = time
        self._selector = _Selector(time)
        super().__init__(self._selector)

    def time(self) -> float:
        return self._virtual.steady()

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        raise AssertionError(f"{func} would run in a thread, which a seed cannot repeat")

    def shut_down(self) -> None:
        """Cancel all that still runs, as if the process had died, and close."""
        self._selector.spins = 0
        while tasks := asyncio.all_tasks(self):  # what is ready to run may make more
            for task in tasks:
                task.cancel()
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.close()
