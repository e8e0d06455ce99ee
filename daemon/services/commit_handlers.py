"""Handles the facts of each commit on the loop, in order.

The writer hands over the facts of a batch after its commit (`daemon.store.facts`), and
`CommitHandlers.handle` passes each to the parts that need it:

    DeliveryChanged   a test that waits for its end, the stream of changes
    EventArrived      the stream of changes
    Waiting           the dispatcher, which sends it at once or when it is due
    WebhookChanged    the registry, alerts, the dispatcher, the stream of changes
    FailuresChanged   the registry, alerts
    Counted           the registry, the count of waiting deliveries, alerts, the stream of changes
    JobChanged        the job service, the stream of changes
    Audited           the audit's head outside of the database
    Committed         readers that wait until this batch is handled (`ChangeHub.reached`)

So the state in memory is consistent with the last batch that was handled.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.protocol import Delivery, Event, Webhook
from daemon.services.change_stream import ChangeHub, same_view
from daemon.services.intake import Intake
from daemon.services.presenters import present_delivery, present_event, present_webhook
from daemon.services.registry import Registry, RegistryEntry
from daemon.services.webhook_alerts import WebhookAlerts
from daemon.services.webhooks import WebhookService
from daemon.settings import Settings
from daemon.store.commands.webhook_state import DiscardPending
from daemon.store.errors import StoreError
from daemon.store.facts import (
    Audited,
    Committed,
    Counted,
    DeliveryChanged,
    EventArrived,
    Fact,
    FailuresChanged,
    JobChanged,
    Waiting,
    WebhookChanged,
)
from daemon.store.records import DeliveryRecord, EventRecord
from daemon.store.writer import Writer
from daemon.util.clock import Clock

RETRY_SECONDS = 2.0
"""Seconds until a step that the store refused (a full disk) is tried again."""


class Rate:
    """How often something happens a second: the mean over the last ten seconds."""

    SPAN = 10

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque(maxlen=self.SPAN + 1)

    def add(self, n: int) -> None:
        """Count `n` occurrences now."""
        if not n:
            return
        second = int(monotonic())
        if self._seconds and self._seconds[-1][0] == second:
            n += self._seconds.pop()[1]
        self._seconds.append((second, n))

    def per_second(self) -> float:
        """The mean over the last ten whole seconds."""
        now = int(monotonic())
        return sum(n for at, n in self._seconds if now - self.SPAN <= at < now) / self.SPAN


class CommitHandlers:
    """Handles the facts of each commit. Every method runs on the loop."""

    def __init__(
        self,
        *,
        registry: Registry,
        dispatcher: Dispatcher,
        intake: Intake,
        webhooks: WebhookService,
        hub: ChangeHub,
        writer: Writer,
        clock: Clock,
        settings: Callable[[], Settings],
    ) -> None:
        self._registry = registry
        self._dispatcher = dispatcher
        self._intake = intake
        self._webhooks = webhooks
        self._hub = hub
        self._writer = writer
        self._clock = clock
        self._settings = settings
        self.notify: Callable[[dict[str, Any]], None] = lambda _: None
        """Called with an alert when a webhook is paused, starts failing or recovers."""
        self.alerts = WebhookAlerts(self._notify, clock)
        self.job_changed: Callable[[JobChanged], None] = lambda _: None
        self.audited: Callable[[Audited], None] = lambda _: None
        self.events = Rate()
        self.deliveries = Rate()
        self._arrived = self._ended = 0
        """How many events arrived and deliveries ended in the batch that is handled now."""
        self._handlers = {
            DeliveryChanged: self._delivery_changed,
            EventArrived: self._event_arrived,
            Waiting: self._waiting,
            WebhookChanged: self._webhook_changed,
            FailuresChanged: self._failures_changed,
            Counted: self._counted,
            JobChanged: self._job_changed,
            Audited: self._audited,
            Committed: self._committed,
        }

    def handle(self, facts: list[Fact]) -> None:
        """Handle the facts of one batch, in order."""
        handlers = self._handlers
        self._arrived = self._ended = 0
        for fact in facts:
            handlers[type(fact)](fact)  # type: ignore[operator]
        self._dispatcher.settle()
        self.events.add(self._arrived)
        self.deliveries.add(self._ended)

    def _delivery_changed(self, fact: DeliveryChanged) -> None:
        record = fact.record
        if record.finished_at is not None:
            self._ended += 1
            self._webhooks.delivery_changed(fact)
        self._hub.publish(fact.seq, "delivery", record.uid, self._delivery_view, record)

    def _event_arrived(self, fact: EventArrived) -> None:
        self._arrived += 1
        record = fact.record
        self._hub.publish(fact.seq, "event", record.event_id, _event_view, record)

    def _waiting(self, fact: Waiting) -> None:
        self._dispatcher.add(fact.queued)

    def _webhook_changed(self, fact: WebhookChanged) -> None:
        webhook = fact.webhook
        self._registry.webhook_changed(fact)
        self.alerts.webhook_changed(webhook, fact.cause)
        self._dispatcher.apply_webhook(webhook, empty=fact.cause == "created")
        if webhook.blocked_reason is not None:
            self.discard_pending(webhook.row)
        self._publish_webhook(webhook.row, fact.seq)

    def _failures_changed(self, fact: FailuresChanged) -> None:
        self._registry.failures_changed(fact)
        self.alerts.failures_changed(
            self._registry.webhook_of(fact.webhook), fact.consecutive_failures
        )

    def _counted(self, fact: Counted) -> None:
        self._registry.counted(fact)
        for (webhook, metric), n in fact.deltas.items():
            if metric == "pending":
                self._intake.waiting += n
            elif metric == "succeeded":
                entry = self._registry.by_row(webhook)
                self.alerts.succeeded(entry.webhook, entry.consecutive_failures)
        for webhook, seq in fact.seqs.items():
            self._publish_webhook(webhook, seq)

    def _job_changed(self, fact: JobChanged) -> None:
        self.job_changed(fact)
        self._hub.publish(fact.seq, "job", fact.job.id, same_view, fact.job)

    def _audited(self, fact: Audited) -> None:
        self.audited(fact)

    def _committed(self, fact: Committed) -> None:
        self._hub.advance(fact.up_to)

    def _notify(self, alert: dict[str, Any]) -> None:
        self.notify(alert)

    def _publish_webhook(self, row: int, seq: int) -> None:
        entry = self._registry.by_row(row)
        self._hub.publish(seq, "webhook", entry.uid, self._webhook_view, entry)

    def _delivery_view(self, record: DeliveryRecord, urls: bool) -> Delivery:  # noqa: FBT001  # a `MakeView`
        return present_delivery(record, self._registry, urls=urls)

    def _webhook_view(self, entry: RegistryEntry, urls: bool) -> Webhook:  # noqa: FBT001  # a `MakeView`
        return present_webhook(entry, self._settings().delivery, urls=urls)

    def discard_pending(self, webhook: int) -> None:
        """Discard the waiting deliveries of a blocked webhook, in steps between other commits."""

        def done(result: object) -> None:
            if isinstance(result, StoreError):  # e.g. a full disk
                asyncio.get_running_loop().call_later(RETRY_SECONDS, self.discard_pending, webhook)
            elif isinstance(result, int) and result:
                self.discard_pending(webhook)

        self._writer.post(DiscardPending(webhook, self._clock.now_ms()), done)


def _event_view(record: EventRecord, _urls: bool) -> Event:  # noqa: FBT001  # a `MakeView`
    return present_event(record)
