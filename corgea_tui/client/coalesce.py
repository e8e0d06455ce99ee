"""Many changes into few: the latest state of each object since the last batch."""

from collections.abc import Iterable

import msgspec

from corgea_tui.client.client import RawChange, Unreachable
from corgea_tui.client.updates import UpdateBatch
from daemon.protocol import DaemonInfo, Delivery, Event, Job, Webhook

_delivery = msgspec.json.Decoder(Delivery)
_webhook = msgspec.json.Decoder(Webhook)
_event = msgspec.json.Decoder(Event)
_job = msgspec.json.Decoder(Job)
_daemon = msgspec.json.Decoder(DaemonInfo)


class _Fate(msgspec.Struct, frozen=True):
    """Whether a webhook is still there; of one that is gone nothing else counts."""

    id: str
    deleted_at: str | None = None


_fate = msgspec.json.Decoder(_Fate)


class Coalescer:
    """Collects changes until somebody takes them. Bounded by the number of objects that change."""

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
        """Take changes in, in order. Gaps are the link's business and are passed over."""
        for change in changes:
            try:
                self._add(change)
            except msgspec.DecodeError as error:
                raise Unreachable(
                    f"a {change.type} from the daemon cannot be read: {error}"
                ) from error

    def add_daemon(self, daemon: DaemonInfo) -> None:
        """Take in figures of the daemon that were asked for rather than streamed."""
        self._daemon = daemon
        self._empty = False

    def _add(self, change: RawChange) -> None:
        match change.type:
            case "delivery":
                delivery = _delivery.decode(change.data)
                self._deliveries[delivery.id] = delivery
            case "webhook":
                fate = _fate.decode(change.data)
                self._webhooks[fate.id] = None if fate.deleted_at else _webhook.decode(change.data)
            case "event":
                event = _event.decode(change.data)
                self._events[event.event_id] = event
            case "job":
                job = _job.decode(change.data)
                self._jobs[job.id] = job
            case "daemon":
                self._daemon = _daemon.decode(change.data)
            case "gap":
                return
        self._empty = False

    def take(self) -> UpdateBatch | None:
        """Everything collected, None when there is nothing; and start anew."""
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
