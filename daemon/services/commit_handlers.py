"""What follows from a commit, on the loop: each fact goes to whoever must know."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any

from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.protocol import Delivery, Event, Webhook
from daemon.protocol.refusal import Refusal
from daemon.services.change_stream import ChangeHub, as_it_is
from daemon.services.intake import Intake
from daemon.services.presenters import delivery_shown, event_shown, webhook_shown
from daemon.services.registry import Registry, RegistryEntry
from daemon.services.webhook_alerts import WebhookAlerts
from daemon.services.webhooks import WebhookService
from daemon.settings import Settings
from daemon.store.commands.webhook_state import DiscardPending
from daemon.store.facts import (
    Audited,
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

AGAIN = 2.0
"""Seconds until something is asked for again that the store had to refuse."""


class Rate:
    """How often something happened a second, over the last ten."""

    SPAN = 10

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque(maxlen=self.SPAN + 1)

    def add(self, n: int) -> None:
        """It happened `n` times now."""
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
    """Hands facts on. Every method runs on the loop."""

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
        """Is told when a webhook is paused, starts failing or recovers."""
        self.news = WebhookAlerts(self._tell, clock)
        self.job_changed: Callable[[JobChanged], None] = lambda _: None
        self.audited: Callable[[Audited], None] = lambda _: None
        self.events = Rate()
        self.deliveries = Rate()
        self._arrived = self._ended = 0
        """Events and deliveries of the commit in hand."""
        self._handlers = {
            DeliveryChanged: self._delivery_changed,
            EventArrived: self._event_arrived,
            Waiting: self._waiting,
            WebhookChanged: self._webhook_changed,
            FailuresChanged: self._failures_changed,
            Counted: self._counted,
            JobChanged: self._job_changed,
            Audited: self._audited,
        }

    def take(self, facts: list[Fact]) -> None:
        """Handle what one commit changed, in order."""
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
        self._hub.publish(fact.seq, "delivery", record.uid, self._delivery_shown, record)

    def _event_arrived(self, fact: EventArrived) -> None:
        self._arrived += 1
        record = fact.record
        self._hub.publish(fact.seq, "event", record.event_id, _event_shown, record)

    def _waiting(self, fact: Waiting) -> None:
        self._dispatcher.add(fact.queued)

    def _webhook_changed(self, fact: WebhookChanged) -> None:
        webhook = fact.webhook
        self._registry.webhook_changed(fact)
        self.news.webhook_changed(webhook, fact.cause)
        self._dispatcher.apply_webhook(webhook, empty=fact.cause == "created")
        if webhook.blocked_reason is not None:
            self.go_on_discarding(webhook.row)
        self._show_webhook(webhook.row, fact.seq)

    def _failures_changed(self, fact: FailuresChanged) -> None:
        self._registry.failures_changed(fact)
        self.news.failures_changed(
            self._registry.webhook_of(fact.webhook), fact.consecutive_failures
        )

    def _counted(self, fact: Counted) -> None:
        self._registry.counted(fact)
        for (webhook, metric), n in fact.deltas.items():
            if metric == "pending":
                self._intake.waiting += n
            elif metric == "succeeded":
                entry = self._registry.by_row(webhook)
                self.news.succeeded(entry.webhook, entry.consecutive_failures)
        for webhook, seq in fact.seqs.items():
            self._show_webhook(webhook, seq)

    def _job_changed(self, fact: JobChanged) -> None:
        self.job_changed(fact)
        self._hub.publish(fact.seq, "job", fact.job.id, as_it_is, fact.job)

    def _audited(self, fact: Audited) -> None:
        self.audited(fact)

    def _tell(self, fact: dict[str, Any]) -> None:
        self.notify(fact)

    def _show_webhook(self, row: int, seq: int) -> None:
        entry = self._registry.by_row(row)
        self._hub.publish(seq, "webhook", entry.uid, self._webhook_shown, entry)

    def _delivery_shown(self, record: DeliveryRecord, urls: bool) -> Delivery:  # noqa: FBT001  # a `Make`
        return delivery_shown(record, self._registry, urls=urls)

    def _webhook_shown(self, entry: RegistryEntry, urls: bool) -> Webhook:  # noqa: FBT001  # a `Make`
        return webhook_shown(entry, self._settings().delivery, urls=urls)

    def go_on_discarding(self, webhook: int) -> None:
        """Set aside step by step what waits for a barred webhook, between other commits."""

        def done(result: object) -> None:
            if isinstance(result, Refusal):  # a full disk, say
                asyncio.get_running_loop().call_later(AGAIN, self.go_on_discarding, webhook)
            elif isinstance(result, int) and result:
                self.go_on_discarding(webhook)

        self._writer.post(DiscardPending(webhook, self._clock.now_ms()), done)


def _event_shown(record: EventRecord, _urls: bool) -> Event:  # noqa: FBT001  # a `Make`
    return event_shown(record)
