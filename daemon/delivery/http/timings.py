"""How far an attempt has come: what its phases are measured by and its timeout is named after."""

from contextvars import ContextVar
from time import perf_counter

from daemon.domain.deliveries.outcome import Phases


class AttemptTimings:
    """The milestones of one attempt, as moments on the monotonic clock; None until reached.

    Resolver, address guard and TLS context know nothing of the attempt they work for: they note
    their milestone on `current()`. That costs nothing where a kept connection is reused, and
    aiohttp's own tracing costs every request.
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
        """Forget a connection that turned out to be dead: the attempt goes on with a new one."""
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
        """Whether this attempt dialled; False while it lives on a kept connection."""
        return self.dialled_at is not None

    def lookup_began(self) -> None:
        """The name of the host is being looked up."""
        self.lookup_at = perf_counter()

    def lookup_ended(self) -> None:
        """The addresses are known."""
        self.resolved_at = perf_counter()

    def address_blocked(self, reason: str) -> None:
        """The guard refused an address, for `reason`."""
        self.blocked = self.blocked or reason

    def dialled(self) -> None:
        """An address is being connected to; of several, the first begins the phase."""
        self.dialled_at = self.dialled_at or perf_counter()
        self.handshake_at = None  # one with an earlier address has failed

    def handshake_began(self) -> None:
        """TCP stands, TLS begins."""
        self.handshake_at = perf_counter()

    def connected(self) -> None:
        """The connection, TLS included, is ready."""
        self.connected_at = perf_counter()

    def sent(self) -> None:
        """The request was handed to the connection."""
        self.sent_at = perf_counter()

    def head_arrived(self) -> None:
        """Status and headers of the answer are complete."""
        self.head_at = perf_counter()

    def phases(self) -> Phases:
        """The milliseconds of each phase that was gone through."""
        if self.dialled_at is None and self.lookup_at is None:  # a kept connection, mostly
            return Phases(first_byte=_milliseconds(self.sent_at, self.head_at))
        return Phases(
            dns=_milliseconds(self.lookup_at, self.resolved_at),
            connect=_milliseconds(self.dialled_at, self.handshake_at or self.connected_at),
            tls=_milliseconds(self.handshake_at, self.connected_at),
            first_byte=_milliseconds(self.sent_at, self.head_at),
        )

    def missing(self, host: str) -> str:
        """What an attempt for `host` was still without when its time was up, for people."""
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


_current: ContextVar[AttemptTimings] = ContextVar("progress of the attempt")


def watch(progress: AttemptTimings) -> None:
    """Make `progress` the one that this task, and what it sets going, reports to."""
    _current.set(progress)


def current() -> AttemptTimings:
    """The progress of the attempt that is being worked for."""
    progress = _current.get(None)
    return AttemptTimings() if progress is None else progress


def _milliseconds(start: float | None, end: float | None) -> int | None:
    return None if start is None or end is None else round((end - start) * 1000)
