"""What the link tells the app: immutable facts, already decoded, at most a few a second."""

from enum import StrEnum

import msgspec

from corgea_tui.client.client import Listed
from daemon.protocol import DaemonInfo, Delivery, Event, Job, Webhook


class Phase(StrEnum):
    """Where the link stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    LOST = "lost"
    REFUSED = "refused"
    MISMATCH = "mismatch"


class LinkState(msgspec.Struct, frozen=True):
    """The link to the daemon. Times are seconds on the monotonic clock.

    `heard` is when the daemon was last heard of, None when never; `retry_at` when the next try
    is due, None when one is under way. `reason` says in words what stands in the way.
    """

    phase: Phase
    host: str
    reason: str = ""
    heard: float | None = None
    retry_at: float | None = None

    @property
    def connected(self) -> bool:
        """Whether what is on the screen is the present."""
        return self.phase is Phase.CONNECTED


class Snapshot(msgspec.Struct, frozen=True):
    """The lists as they were read at one moment.

    `seq`: the last change that is surely in them. `gap`: changes before it were missed.
    """

    daemon: DaemonInfo
    webhooks: tuple[Webhook, ...]
    deliveries: Listed[Delivery]
    seq: int
    gap: bool = False


class UpdateBatch(msgspec.Struct, frozen=True):
    """The changes since the last batch, the latest state of each object only, oldest first."""

    deliveries: tuple[Delivery, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of webhooks that are gone."""
    events: tuple[Event, ...] = ()
    jobs: tuple[Job, ...] = ()
    daemon: DaemonInfo | None = None


Update = LinkState | Snapshot | UpdateBatch
