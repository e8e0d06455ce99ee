"""Presenters: records as the API sends them, with names, and masked for viewers.

`urls`: whether the caller may see full URLs, header values and custom bodies (operators and admins
may, viewers may not: rules.md §2). A new column of a delivery for clients is added here and to
`daemon.protocol.Delivery`.
"""

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.deliveries.outcome import ErrorKind
from daemon.domain.deliveries.request import headers_of
from daemon.domain.events.timestamps import from_ms
from daemon.domain.webhooks.config import Header
from daemon.domain.webhooks.masking import MASK, is_credential, mask, mask_url
from daemon.protocol import (
    Attempt,
    AttemptRequest,
    AttemptResponse,
    ConditionView,
    Delivery,
    DeliveryDetail,
    Event,
    HeaderView,
    RetryView,
    SecretView,
    SentHeader,
    Webhook,
)
from daemon.services.registry import NOTHING_SENT, CachedView, Registry, RegistryEntry
from daemon.settings import DeliverySettings
from daemon.store.queries.deliveries import AttemptRecord, StoredDelivery
from daemon.store.records import DeliveryRecord, EventRecord, WebhookRecord


class _Payload(msgspec.Struct):
    data: dict[str, msgspec.Raw]


_payload = msgspec.json.Decoder(_Payload)


def present_delivery(record: DeliveryRecord, registry: Registry, *, urls: bool) -> Delivery:
    """A delivery."""
    webhook = registry.webhook_of(record.webhook)
    status, due, ended = record.status, record.next_attempt_at, record.finished_at
    # By position and without `Enum.value`: every change of every delivery is presented to
    # watchers, and arguments by name alone would take three times as long.
    return Delivery(
        record.uid,
        record.event_id,
        record.event_type,
        webhook.uid,
        webhook.config.name,
        present_url(webhook, urls=urls),
        record.project_id,
        record.project_name,
        status._value_,
        record.in_flight and status is DeliveryStatus.PENDING,
        record.http_status,
        record.error,
        record.reason,
        record.attempt,
        record.max_attempts,
        record.duration_ms,
        from_ms(record.created_at),
        None if due is None else from_ms(due),
        None if ended is None else from_ms(ended),
        record.kind._value_,
    )


def present_delivery_detail(
    file: StoredDelivery, registry: Registry, *, urls: bool
) -> DeliveryDetail:
    """A delivery with its attempts, payload and body."""
    delivery = present_delivery(file.record, registry, urls=urls)
    return DeliveryDetail(
        **{name: getattr(delivery, name) for name in delivery.__struct_fields__},
        attempts=[present_attempt(file, attempt, urls=urls) for attempt in file.attempts],
        payload=msgspec.Raw(file.payload),
        custom_body=None if file.body is None else _custom_body(file.body, urls=urls),
        delivered_at=delivery.finished_at if delivery.status == "succeeded" else None,
        scan_id=_scan_id(file.payload),
    )


def present_attempt(file: StoredDelivery, attempt: AttemptRecord, *, urls: bool) -> Attempt:
    """One attempt; its request is built again from its stored parts."""
    response = None
    if attempt.response_headers is not None:
        response = AttemptResponse(
            headers=[SentHeader(name, value) for name, value in attempt.response_headers],
            body=_text(attempt.response_body),
            truncated=attempt.truncated,
        )
    return Attempt(
        number=attempt.number,
        manual=attempt.manual,
        started_at=from_ms(attempt.started_at),
        duration_ms=attempt.duration_ms,
        phases=attempt.phases,
        http_status=attempt.http_status,
        error=attempt.error,
        request=_request(file, attempt, urls=urls),
        response=response,
    )


def _request(file: StoredDelivery, attempt: AttemptRecord, *, urls: bool) -> AttemptRequest:
    url = attempt.sent.url if urls else mask_url(attempt.sent.url)
    if attempt.error is not None and attempt.error.kind is ErrorKind.TEMPLATE:
        return AttemptRequest(url, [], "")  # there was no body: nothing was sent
    record = file.record
    headers = headers_of(
        event_id=record.event_id,
        event_type=record.event_type,
        delivery_id=record.uid,
        unix_seconds=attempt.started_at // 1000,
        signatures=attempt.signatures,
        custom=attempt.sent.headers if urls else [(name, MASK) for name, _ in attempt.sent.headers],
    )
    own = file.own_body_of(attempt.number)
    body = _text(file.payload) if own is None else _custom_body(own, urls=urls)
    return AttemptRequest(url, [SentHeader(*header) for header in headers], body)


def _custom_body(body: bytes, *, urls: bool) -> str:
    """A body made by a template, which may hold a credential: viewers do not see it."""
    return _text(body) if urls else MASK


def present_event(record: EventRecord) -> Event:
    """An event, without its payload."""
    return Event(  # by position, as above
        record.event_id,
        record.event_type,
        record.timestamp,
        from_ms(record.received_at),
        record.project_id,
        record.project_name,
        record.matched,
        record.webhooks,
    )


def present_webhook(entry: RegistryEntry, settings: DeliverySettings, *, urls: bool) -> Webhook:
    """A webhook, with the retry policy in effect and without any secret.

    Watchers get it after every commit, so all but its statistics is cached until the next save.
    """
    cached = entry.views.get(urls)
    if cached is None or cached.settings is not settings:
        view = _without_statistics(entry.webhook, settings, urls=urls)
        cached = entry.views[urls] = CachedView(settings, view)
    return msgspec.structs.replace(cached.webhook, statistics=entry.statistics())


def _without_statistics(
    webhook: WebhookRecord, settings: DeliverySettings, *, urls: bool
) -> Webhook:
    config = webhook.config
    retry = config.retry
    return Webhook(
        id=webhook.uid,
        name=config.name,
        url=present_url(webhook, urls=urls),
        type=config.type.value,
        events=list(config.events),
        projects=list(config.projects),
        statuses=list(config.statuses),
        conditions=[ConditionView(c.path, c.op, c.value) for c in config.conditions],
        secret=SecretView(
            set=config.secret is not None,
            hint=None if config.secret is None else mask(config.secret),
        ),
        headers=[
            HeaderView(h.name, _header_value(h, whole=urls), is_credential(h))
            for h in config.headers
        ],
        # A template may hold a credential of its destination (PagerDuty): viewers do not see it.
        body_template=config.body_template if urls or config.body_template is None else MASK,
        state=webhook.state.value,
        paused_reason=webhook.paused_reason,
        paused_at=_time(webhook.paused_at),
        version=webhook.version,
        standard_webhooks=config.standard_webhooks,
        retry=RetryView(
            schedule=list(settings.schedule if retry.schedule is None else retry.schedule),
            timeout=retry.timeout or settings.timeout,
            concurrency=retry.concurrency or settings.per_webhook_concurrency,
            rate=retry.rate,
        ),
        managed_by=webhook.managed_by,
        created_at=from_ms(webhook.created_at),
        updated_at=from_ms(webhook.updated_at),
        statistics=NOTHING_SENT,
        retry_set={
            key: value
            for key in ("schedule", "timeout", "concurrency", "rate")
            if (value := getattr(retry, key)) is not None
        },
        deleted_at=_time(webhook.deleted_at),
    )


def present_url(webhook: WebhookRecord, *, urls: bool) -> str:
    """The URL; masked, its host and last four characters. A deleted webhook's is always masked."""
    if urls and webhook.deleted_at is None:
        return webhook.config.url
    return webhook.url_shown or mask_url(webhook.config.url)


def _header_value(header: Header, *, whole: bool) -> str:
    """A header's value: a credential is masked for every reader, all else for viewers."""
    if not whole:
        return MASK
    return mask(header.value) if is_credential(header) else header.value


def _time(ms: int | None) -> str | None:
    return None if ms is None else from_ms(ms)


def _scan_id(payload: bytes) -> str | None:
    """The `scan_id` of an event's data, when it is text or a whole number."""
    try:
        found = msgspec.json.decode(_payload.decode(payload).data.get("scan_id", b"null"))
    except msgspec.DecodeError:
        return None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
