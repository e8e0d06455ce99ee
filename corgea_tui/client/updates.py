"""What the link posts to the app: immutable values, already decoded, a few a second at most."""

from enum import StrEnum

import msgspec

from daemon.protocol import DaemonInfo, Delivery, Event, Job, Page, Webhook


class Phase(StrEnum):
    """The state of the link."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    REFUSED = "refused"
    MISMATCH = "mismatch"


class LinkState(msgspec.Struct, frozen=True):
    """The link to the daemon. Times are seconds on the monotonic clock.

    `heard`: when the last byte came from the daemon, None before the first. `retry_at`: when the
    next try is due, None while one is under way. `reason`: why there is no connection.
    """

    phase: Phase
    host: str
    reason: str = ""
    heard: float | None = None
    retry_at: float | None = None

    @property
    def connected(self) -> bool:
        """Whether the screen shows the current state of the daemon."""
        return self.phase is Phase.CONNECTED


class Snapshot(msgspec.Struct, frozen=True):
    """The lists as they were read at one moment.

    `seq`: all changes up to it are in the lists. `gap`: changes before it were missed.
    """

    daemon: DaemonInfo
    webhooks: tuple[Webhook, ...]
    deliveries: Page[Delivery]
    seq: int
    gap: bool = False


class UpdateBatch(msgspec.Struct, frozen=True):
    """The changes since the last batch, the latest state of each object only, oldest first."""

    deliveries: tuple[Delivery, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of webhooks that were deleted."""
    events: tuple[Event, ...] = ()
    jobs: tuple[Job, ...] = ()
    daemon: DaemonInfo | None = None


Update = LinkState | Snapshot | UpdateBatch
