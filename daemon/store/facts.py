"""What a commit changed; handled on the loop right after it (`services.commit_handlers`)."""

import msgspec

from daemon.protocol import Job
from daemon.store.records import DeliveryRecord, EventRecord, QueuedDelivery, WebhookRecord


class DeliveryChanged(msgspec.Struct, frozen=True, gc=False):
    """A delivery was made or went on."""

    seq: int
    record: DeliveryRecord


class EventArrived(msgspec.Struct, frozen=True, gc=False):
    """An event was taken in."""

    seq: int
    record: EventRecord


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """A delivery is to be sent: at once if it holds a claim, else at its due time."""

    queued: QueuedDelivery


class WebhookChanged(msgspec.Struct, frozen=True):
    """A webhook was made, saved, paused, activated or deleted."""

    seq: int
    webhook: WebhookRecord
    cause: str = "saved"


class FailuresChanged(msgspec.Struct, frozen=True):
    """How many deliveries of a webhook have failed in a row; the batch's `Counted` numbers it."""

    webhook: int
    consecutive_failures: int


class Counted(msgspec.Struct, frozen=True):
    """What webhooks show of their deliveries moved; `seqs` numbers the change of each.

    Lifetime counts: `(webhook, metric) → by how much`; `last`: when each was sent to.
    """

    seqs: dict[int, int]
    deltas: dict[tuple[int, str], int]
    last: dict[int, int]


class JobChanged(msgspec.Struct, frozen=True):
    """A job was started, moved on or ended."""

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

    A batch may use up numbers that no other fact names, e.g. of a command that was refused.
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
