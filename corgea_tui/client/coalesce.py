"""Merges changes into batches, which hold only the latest state of each object."""

from collections.abc import Iterable

import msgspec

from corgea_tui.client.api_call import RawChange
from corgea_tui.client.errors import NotUnderstood
from corgea_tui.client.updates import UpdateBatch
from daemon.protocol import DaemonInfo, Delivery, Event, Job, Webhook

_delivery = msgspec.json.Decoder(Delivery)
_webhook = msgspec.json.Decoder(Webhook)
_event = msgspec.json.Decoder(Event)
_job = msgspec.json.Decoder(Job)
_daemon = msgspec.json.Decoder(DaemonInfo)


class _Deleted(msgspec.Struct, frozen=True):
    """The keys of a webhook that show whether it was deleted."""

    id: str
    deleted_at: str | None = None


_deleted = msgspec.json.Decoder(_Deleted)


class Coalescer:
    """Collects changes until `take`. Its size is bounded by the number of objects that change."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._deliveries: dict[str, Delivery] = {}
        self._webhooks: dict[str, Webhook | None] = {}
        self._events: dict[str, Event] = {}
        self._jobs: dict[str, Job] = {}
        self._daemon: DaemonInfo | None = None
        self._empty = True

    def add(self, changes: Iterable[RawChange]) -> None:
        """Add changes, in order. Gaps are ignored here: the link handles them."""
        for change in changes:
            try:
                self._add(change)
            except msgspec.DecodeError as error:
                raise NotUnderstood(f"a {change.type} from the daemon", error) from error

    def add_daemon(self, daemon: DaemonInfo) -> None:
        """Add daemon info that was requested, not streamed."""
        self._daemon = daemon
        self._empty = False

    def _add(self, change: RawChange) -> None:
        match change.type:
            case "delivery":
                delivery = _delivery.decode(change.data)
                self._deliveries[delivery.id] = delivery
            case "webhook":
                known = _deleted.decode(change.data)
                gone = known.deleted_at is not None
                self._webhooks[known.id] = None if gone else _webhook.decode(change.data)
            case "event":
                event = _event.decode(change.data)
                self._events[event.event_id] = event
            case "job":
                job = _job.decode(change.data)
                self._jobs[job.id] = job
            case "daemon":
                self._daemon = _daemon.decode(change.data)
            case _:  # a gap, which the link handles, or a type that a newer daemon knows
                return
        self._empty = False

    def take(self) -> UpdateBatch | None:
        """The changes since the last call; None when there are none."""
        if self._empty:
            return None
        batch = UpdateBatch(
            tuple(self._deliveries.values()),
            tuple(webhook for webhook in self._webhooks.values() if webhook is not None),
            tuple(id_ for id_, webhook in self._webhooks.items() if webhook is None),
            tuple(self._events.values()),
            tuple(self._jobs.values()),
            self._daemon,
        )
        self._clear()
        return batch
