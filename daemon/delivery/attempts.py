"""From a claimed delivery to an outcome: build the request of this moment and send it."""

import asyncio
from collections.abc import Callable

import msgspec

from daemon.delivery.attempt_runner import AttemptRunner, Cancel
from daemon.delivery.scheduler.in_flight import Ended
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.domain.deliveries.request import PreparedWebhook
from daemon.store.records import QueuedDelivery, WebhookRecord
from daemon.util.clock import Clock

_encode = msgspec.json.Encoder().encode


class SignedAttempts:
    """Makes attempts with the sender and the webhooks' prepared requests."""

    def __init__(
        self, sends: AttemptRunner, prepared_of: Callable[[int], PreparedWebhook], clock: Clock
    ) -> None:
        self._sends = sends
        self._prepared_of = prepared_of
        self._clock = clock

    def begin(
        self, queued: QueuedDelivery, webhook: WebhookRecord, deadline: float, ended: Ended
    ) -> Cancel:
        """Send once; a body that could not be made fails without a request (rules.md §3)."""
        record = queued.record
        if queued.body is None:
            problem = queued.problem or "the body of this delivery is lost"
            failure = Failure(ErrorKind.TEMPLATE, problem)
            outcome = Outcome(self._clock.now_ms(), 0, failure)
            return asyncio.get_running_loop().call_soon(ended, outcome, None).cancel
        started_ms = self._clock.now_ms()
        prepared = self._prepared(webhook, started_ms)
        request, signatures = prepared.signed_request(
            event_id=record.event_id,
            event_type=record.event_type,
            delivery_id=record.uid,
            body=queued.body,
            unix_seconds=started_ms // 1000,
        )

        def sent(outcome: Outcome) -> None:
            outcome = prepared.echoes.hidden_in(outcome)
            # History makes the request again from the attempt's start, so both must agree on it.
            outcome = msgspec.structs.replace(outcome, started_ms=started_ms)
            kept = None if signatures.current is None else _encode(signatures).decode()
            ended(outcome, kept)

        return self._sends.begin(request, deadline, sent)

    def _prepared(self, webhook: WebhookRecord, now_ms: int) -> PreparedWebhook:
        until = webhook.previous_secret_until
        if until is not None and now_ms >= until:  # retention forgets it within a minute
            return PreparedWebhook(webhook.config)
        return self._prepared_of(webhook.row)
