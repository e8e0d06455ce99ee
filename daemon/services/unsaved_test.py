"""Testing a webhook before it is saved: one request, nothing stored (rules.md §3)."""

from collections.abc import Callable, Mapping
from typing import Any

from daemon.delivery.attempts import AttemptRunner
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome
from daemon.domain.deliveries.request import OutgoingRequest, PreparedWebhook
from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.events.timestamps import from_ms
from daemon.domain.webhooks.config import DestinationType, WebhookConfig
from daemon.domain.webhooks.masking import mask_url, masked_headers
from daemon.protocol import Attempt, AttemptRequest, AttemptResponse, FieldProblem, SentHeader
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import invalid
from daemon.services.webhooks import WebhookService
from daemon.settings import DeliverySettings
from daemon.store.audit import AuditNote
from daemon.store.writer import Writer
from daemon.util.clock import Clock
from daemon.util.ids import new_uuid


class UnsavedTest:
    """Sends a test event to the webhook of a form; stores only an audit entry."""

    def __init__(
        self,
        *,
        webhooks: WebhookService,
        sender: AttemptRunner,
        writer: Writer,
        clock: Clock,
        settings: Callable[[], DeliverySettings],
    ) -> None:
        self._webhooks = webhooks
        self._sender = sender
        self._writer = writer
        self._clock = clock
        self._settings = settings

    async def run(self, form: Mapping[str, Any], data: bytes, caller: Caller) -> Attempt:
        """Check the form as a save would, then send; `id` names the webhook of its secrets."""
        config = self._config(form)
        now_ms = self._clock.now_ms()
        # The audit entry comes before the request, so that a stop does not hide it: a stored
        # credential goes to the URL of the form.
        target = {"url": mask_url(config.url), "id": form.get("id")}
        note = AuditNote(caller, "webhook.test_unsaved", config.name, now_ms, after=target)
        await self._writer.submit(note)
        event = AcceptedEvent(new_uuid(now_ms), "webhook.test", from_ms(now_ms), data)
        request: OutgoingRequest | None = None
        try:
            body = _body(config, event)
        except TemplateFailure as failure:
            body = b""
            outcome = Outcome(now_ms, 0, Failure(ErrorKind.TEMPLATE, str(failure)))
        else:
            prepared = PreparedWebhook(config)
            request = prepared.request(
                event_id=event.event_id,
                event_type=event.event_type,
                delivery_id=new_uuid(now_ms),
                body=body,
                unix_seconds=now_ms // 1000,
            )
            deadline = config.retry.timeout or self._settings().timeout
            outcome = prepared.redactor.redact(await self._sender.attempt(request, deadline))
        return _present(outcome, config, request, body)

    def _config(self, form: Mapping[str, Any]) -> WebhookConfig:
        uid, fields = form.get("id"), {key: form[key] for key in form if key != "id"}
        if uid is None:
            return self._webhooks.check(fields, None).config
        if not isinstance(uid, str):
            raise invalid([FieldProblem("id", "must be the id of a webhook, as text")])
        return self._webhooks.check(fields, self._webhooks.find(uid).webhook.config).config


def _body(config: WebhookConfig, event: AcceptedEvent) -> bytes:
    if config.body_template is None:
        return event.payload()
    slack = config.type is DestinationType.SLACK
    return Template(config.body_template).render(EventValues(event), slack=slack)


def _present(
    outcome: Outcome, config: WebhookConfig, request: OutgoingRequest | None, body: bytes
) -> Attempt:
    sent = () if request is None else masked_headers(request.headers, config)
    response = outcome.response
    return Attempt(
        number=1,
        manual=False,
        started_at=from_ms(outcome.started_ms),
        duration_ms=outcome.duration_ms,
        phases=outcome.phases,
        http_status=outcome.http_status,
        error=outcome.failure,
        request=AttemptRequest(
            config.url,
            [SentHeader(name, value) for name, value in sent],
            body.decode("utf-8", "replace"),
        ),
        response=None
        if response is None
        else AttemptResponse(
            [SentHeader(name, value) for name, value in response.headers],
            response.body.decode("utf-8", "replace"),
            response.truncated,
        ),
    )
