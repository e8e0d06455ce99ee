"""Facts: what a commit changed. `services.commit_handlers` handles them on the loop."""

import msgspec

from daemon.protocol import Job
from daemon.store.records import DeliveryRecord, EventRecord, QueuedDelivery, WebhookRecord


class DeliveryChanged(msgspec.Struct, frozen=True, gc=False):
    """A delivery was created or changed."""

    seq: int
    record: DeliveryRecord


class EventArrived(msgspec.Struct, frozen=True, gc=False):
    """An event was accepted."""

    seq: int
    record: EventRecord


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A delivery must be sent: at once if it is claimed, else at its due time."""

    queued: QueuedDelivery


class WebhookChanged(msgspec.Struct, frozen=True):
    """A webhook was made, saved, paused, activated or deleted."""

    seq: int
    webhook: WebhookRecord
    cause: str = "saved"


class FailuresChanged(msgspec.Struct, frozen=True):
    """A webhook's consecutive failures changed; the batch's `Counted` has the change's number."""

    webhook: int
    consecutive_failures: int


class Counted(msgspec.Struct, frozen=True):
    """Counts of webhooks changed; `seqs` has the number of each webhook's change.

    `deltas` are the changes of lifetime counts by (webhook, metric), `last` the times of the last
    attempts by webhook.
    """

    seqs: dict[int, int]
    deltas: dict[tuple[int, str], int]
    last: dict[int, int]


class JobChanged(msgspec.Struct, frozen=True):
    """A job was started, advanced or ended."""

    seq: int
    row: int
    job: Job


class Audited(msgspec.Struct, frozen=True):
    """An entry was appended to the audit; `hash` is the new end of its chain."""

    number: int
    hash: str
    login: str
    action: str
    target: str


class Committed(msgspec.Struct, frozen=True, gc=False):
    """The last fact of each batch: every change up to number `up_to` is on disk.

    A batch may use numbers that no other fact has, e.g. those of a refused command.
    """

    up_to: int


Fact = (
    DeliveryChanged
    | EventArrived
    | Waiting
    | WebhookChanged
    | FailuresChanged
    | Counted
    | JobChanged
    | Audited
    | Committed
)
