"""Records as they go over the wire: with names, masked where the reader may not see more."""

import msgspec

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.domain.events.timestamps import from_ms
from daemon.domain.webhooks.config import Header
from daemon.domain.webhooks.masking import MASK, is_credential, mask, mask_url
from daemon.protocol import (
    ConditionShown,
    Delivery,
    Event,
    HeaderShown,
    RetryShown,
    SecretShown,
    Webhook,
)
from daemon.services.registry import NOTHING_SENT, Registry, RegistryEntry, Shown
from daemon.settings import DeliverySettings
from daemon.store.records import DeliveryRecord, EventRecord, WebhookRecord


def delivery_shown(record: DeliveryRecord, registry: Registry, *, urls: bool) -> Delivery:
    """A delivery; `urls`: the reader may see a whole URL (rules.md §2)."""
    webhook = registry.webhook_of(record.webhook)
    status, due, ended = record.status, record.next_attempt_at, record.finished_at
    # By position and past `Enum.value`: every change of every delivery is shown to watchers, and
    # names of arguments alone would take three times as long.
    return Delivery(
        record.uid,
        record.event_id,
        record.event_type,
        webhook.uid,
        webhook.config.name,
        url_shown(webhook, urls=urls),
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


def event_shown(record: EventRecord) -> Event:
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


def webhook_shown(entry: RegistryEntry, settings: DeliverySettings, *, urls: bool) -> Webhook:
    """A webhook: no secret ever, retry as it is in effect.

    All but its statistics is made once for each save: watchers are shown it at every commit.
    """
    shown = entry.shown.get(urls)
    if shown is None or shown.settings is not settings:
        made = _without_statistics(entry.webhook, settings, urls=urls)
        shown = entry.shown[urls] = Shown(settings, made)
    return msgspec.structs.replace(shown.webhook, statistics=entry.statistics())


def _without_statistics(
    webhook: WebhookRecord, settings: DeliverySettings, *, urls: bool
) -> Webhook:
    config = webhook.config
    retry = config.retry
    return Webhook(
        id=webhook.uid,
        name=config.name,
        url=url_shown(webhook, urls=urls),
        type=config.type.value,
        events=list(config.events),
        projects=list(config.projects),
        statuses=list(config.statuses),
        conditions=[ConditionShown(c.path, c.op, c.value) for c in config.conditions],
        secret=SecretShown(
            set=config.secret is not None,
            hint=None if config.secret is None else mask(config.secret),
        ),
        headers=[
            HeaderShown(h.name, _value_shown(h, whole=urls), is_credential(h))
            for h in config.headers
        ],
        # A template may hold a credential of its destination (PagerDuty), so viewers see none.
        body_template=config.body_template if urls or config.body_template is None else MASK,
        state=webhook.state.value,
        paused_reason=webhook.paused_reason,
        paused_at=_time(webhook.paused_at),
        version=webhook.version,
        standard_webhooks=config.standard_webhooks,
        retry=RetryShown(
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


def url_shown(webhook: WebhookRecord, *, urls: bool) -> str:
    """The URL for those who may see it, else host and last four characters."""
    if urls and webhook.deleted_at is None:
        return webhook.config.url
    return webhook.url_shown or mask_url(webhook.config.url)


def _value_shown(header: Header, *, whole: bool) -> str:
    """A header's value: nobody sees a credential, viewers see none of what was typed in."""
    if not whole:
        return MASK
    return mask(header.value) if is_credential(header) else header.value


def _time(ms: int | None) -> str | None:
    return None if ms is None else from_ms(ms)
