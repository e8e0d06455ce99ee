"""The times of an attempt: its deadline, and the durations of its phases."""

import asyncio
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType

from daemon.domain.deliveries.outcome import Phases

TICK = 0.02
"""Seconds by which a deadline may be late."""


class AttemptTimings:
    """The milestones of one attempt, as moments on the monotonic clock; None until reached.

    Resolver, address policy and TLS context have no reference to their attempt: they record their
    milestones on `current_timings()`. That costs nothing when a kept connection is reused;
    aiohttp's own tracing costs time in every request.
    """

    __slots__ = (
        "blocked",
        "connected_at",
        "dialled_at",
        "handshake_at",
        "head_at",
        "lookup_at",
        "resolved_at",
        "sent_at",
    )

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Reset the milestones: the connection was dead, the attempt continues with a new one."""
        self.blocked: str | None = None
        self.lookup_at: float | None = None
        self.resolved_at: float | None = None
        self.dialled_at: float | None = None
        self.handshake_at: float | None = None
        self.connected_at: float | None = None
        self.sent_at: float | None = None
        self.head_at: float | None = None

    @property
    def on_new_connection(self) -> bool:
        """Whether this attempt dialled; False while it uses a kept connection."""
        return self.dialled_at is not None

    def lookup_began(self) -> None:
        """The look-up of the host's name begins."""
        self.lookup_at = perf_counter()

    def lookup_ended(self) -> None:
        """The addresses are known."""
        self.resolved_at = perf_counter()

    def address_blocked(self, reason: str) -> None:
        """The address policy refused an address, for `reason`."""
        self.blocked = self.blocked or reason

    def dialled(self) -> None:
        """A connection to an address begins; with several addresses, the first begins the phase."""
        self.dialled_at = self.dialled_at or perf_counter()
        self.handshake_at = None  # a handshake with an earlier address has failed

    def handshake_began(self) -> None:
        """The TCP connection is open; TLS begins."""
        self.handshake_at = perf_counter()

    def connected(self) -> None:
        """The connection, TLS included, is ready for a request."""
        self.connected_at = perf_counter()

    def sent(self) -> None:
        """The request has been written to the connection."""
        self.sent_at = perf_counter()

    def head_arrived(self) -> None:
        """Status and headers of the answer have arrived."""
        self.head_at = perf_counter()

    def phases(self) -> Phases:
        """The milliseconds of each phase that the attempt went through."""
        if self.dialled_at is None and self.lookup_at is None:  # a kept connection, mostly
            return Phases(first_byte=_milliseconds(self.sent_at, self.head_at))
        return Phases(
            dns=_milliseconds(self.lookup_at, self.resolved_at),
            connect=_milliseconds(self.dialled_at, self.handshake_at or self.connected_at),
            tls=_milliseconds(self.handshake_at, self.connected_at),
            first_byte=_milliseconds(self.sent_at, self.head_at),
        )

    def missing(self, host: str) -> str:
        """The message for an attempt for `host` that timed out: what it was waiting for."""
        if self.head_at is not None:
            return "no end of the answer"
        if self.sent_at is not None:
            return "no answer"
        if self.handshake_at is not None:
            return f"no TLS handshake with {host}"
        if self.dialled_at is not None:
            return f"no connection to {host}"
        if self.lookup_at is not None:
            return f"no address for {host} from the name server"
        return "no free connection"


_current: ContextVar[AttemptTimings] = ContextVar("timings of the attempt")


def set_current_timings(timings: AttemptTimings) -> None:
    """Make `timings` current for this task, and for tasks and callbacks that it starts."""
    _current.set(timings)


def current_timings() -> AttemptTimings:
    """The timings of the current task's attempt; new, unused ones outside of an attempt."""
    timings = _current.get(None)
    return AttemptTimings() if timings is None else timings


def _milliseconds(start: float | None, end: float | None) -> int | None:
    return None if start is None or end is None else round((end - start) * 1000)


class Deadlines:
    """Deadlines that share timers: each costs an entry in a set, not a timer.

    Thousands of attempts begin in a second with similar deadlines, and nearly all end in time.
    Deadlines in the same `TICK` share a timer. It belongs to the running event loop.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[int, set[Deadline]] = {}

    def within(self, seconds: float) -> "Deadline":
        """A context manager that raises TimeoutError when its block takes `seconds` or longer."""
        tick = int((self._loop.time() + seconds) / TICK) + 1
        group = self._due.get(tick)
        if group is None:
            group = self._due[tick] = set()
            self._loop.call_at(tick * TICK, self._expire, tick)
        return Deadline(self._loop, group)

    def _expire(self, tick: int) -> None:
        for deadline in self._due.pop(tick):
            deadline.expire()


class Deadline:
    """As `asyncio.timeout`, without a timer of its own."""

    __slots__ = ("_cancelling", "_expired", "_group", "_loop", "_task")

    def __init__(self, loop: asyncio.AbstractEventLoop, group: set["Deadline"]) -> None:
        self._loop = loop
        self._group = group
        self._expired = False

    def expire(self) -> None:
        """The time is up."""
        self._expired = True
        self._task.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        if task is None:
            raise RuntimeError("a deadline needs a running task")
        self._task: asyncio.Task[object] = task
        self._cancelling = task.cancelling()
        self._group.add(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._group.discard(self)
        # A task that was cancelled from outside as well stays cancelled.
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error
