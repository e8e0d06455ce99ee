"""The outcome of one attempt, which the sender reports and `lifecycle.py` uses for decisions."""

from enum import StrEnum

import msgspec

BODY_LIMIT = 16 * 1024
"""The most bytes of a response's body that are read and stored (rules.md §3)."""


class ErrorKind(StrEnum):
    """Why an attempt failed, as a stable word for programs (rules.md §3)."""

    HTTP = "http"
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    CLOSED = "closed"
    TLS = "tls"
    TIMEOUT = "timeout"
    BLOCKED = "blocked"
    PROTOCOL = "protocol"
    TEMPLATE = "template"
    INTERRUPTED = "interrupted"


class Failure(msgspec.Struct, frozen=True, gc=False):
    """Why an attempt failed: the kind for programs, the message for people."""

    kind: ErrorKind
    message: str


class Phases(msgspec.Struct, frozen=True):
    """Milliseconds of each phase; null where a connection was reused or a phase not reached.

    `connect` includes TLS where the two cannot be separated (`tls` is null then).
    """

    dns: int | None = None
    connect: int | None = None
    tls: int | None = None
    first_byte: int | None = None


class Response(msgspec.Struct, frozen=True):
    """The receiver's answer, with at most `BODY_LIMIT` bytes of its body; `truncated` if longer."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool


class Outcome(msgspec.Struct, frozen=True):
    """An ended attempt.

    `started_ms` is wall-clock milliseconds since the epoch; `duration_ms` is measured on a
    monotonic clock. `response` is set when the head of an answer was read, even if the attempt
    failed. `failure` is None exactly when the attempt succeeded.
    """

    started_ms: int
    duration_ms: int
    failure: Failure | None = None
    response: Response | None = None
    phases: Phases = Phases()

    @property
    def succeeded(self) -> bool:
        """Whether the receiver accepted the delivery."""
        return self.failure is None

    @property
    def http_status(self) -> int | None:
        """The status of the answer, or None when there was none."""
        return None if self.response is None else self.response.status
