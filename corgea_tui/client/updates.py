"""The updates that the link posts to the app: immutable, decoded, and a few a second at most."""

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

    `last_contact`: when the last byte came from the daemon, None before the first. `retry_at`: when
    the next attempt is due, None while one is under way. `reason`: why there is no connection.
    """

    phase: Phase
    host: str
    reason: str = ""
    last_contact: float | None = None
    retry_at: float | None = None

    @property
    def connected(self) -> bool:
        """Whether the screen shows the current state of the daemon."""
        return self.phase is Phase.CONNECTED


class Snapshot(msgspec.Struct, frozen=True):
    """The lists, read at one moment.

    `seq`: the lists include all changes up to this number. `gap`: earlier changes were missed.
    """

    daemon: DaemonInfo
    webhooks: tuple[Webhook, ...]
    deliveries: Page[Delivery]
    seq: int
    gap: bool = False


class UpdateBatch(msgspec.Struct, frozen=True):
    """The changes since the last batch: only the latest state of each object, oldest first."""

    deliveries: tuple[Delivery, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of webhooks that were deleted."""
    events: tuple[Event, ...] = ()
    jobs: tuple[Job, ...] = ()
    daemon: DaemonInfo | None = None


Update = LinkState | Snapshot | UpdateBatch
