"""What only the API shows: attempts with the requests they made, whole deliveries and events."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec

from daemon.domain.deliveries.outcome import ErrorKind
from daemon.domain.deliveries.request import headers_of
from daemon.domain.events.timestamps import from_ms
from daemon.domain.webhooks.masking import MASK, mask_url
from daemon.protocol import Attempt, AttemptRequest, AttemptResponse, DeliveryDetail, SentHeader
from daemon.services.presenters import delivery_shown
from daemon.services.registry import Registry
from daemon.store.queries.deliveries import AttemptRecord, DeliveryFile
from daemon.store.records import DeliveryRecord

_MOMENT = 0.005
_PATIENCE = 400


class _Payload(msgspec.Struct):
    data: dict[str, msgspec.Raw]


_payload = msgspec.json.Decoder(_Payload)


def delivery_detail(file: DeliveryFile, registry: Registry, *, urls: bool) -> DeliveryDetail:
    """A delivery with all that is known of it."""
    delivery = delivery_shown(file.record, registry, urls=urls)
    return DeliveryDetail(
        **{name: getattr(delivery, name) for name in delivery.__struct_fields__},
        attempts=[attempt_shown(file, attempt, urls=urls) for attempt in file.attempts],
        payload=msgspec.Raw(file.payload),
        custom_body=None if file.body is None else _own_text(file.body, urls=urls),
        delivered_at=delivery.finished_at if delivery.status == "succeeded" else None,
        scan_id=_scan_id(file.payload),
    )


def attempt_shown(file: DeliveryFile, attempt: AttemptRecord, *, urls: bool) -> Attempt:
    """One attempt; its request is made again from what it was made of."""
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


def _request(file: DeliveryFile, attempt: AttemptRecord, *, urls: bool) -> AttemptRequest:
    url = attempt.sent.url if urls else mask_url(attempt.sent.url)
    if attempt.error is not None and attempt.error.kind is ErrorKind.TEMPLATE:
        return AttemptRequest(url, [], "")  # there was no body, so nothing was sent
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
    body = _text(file.payload) if own is None else _own_text(own, urls=urls)
    return AttemptRequest(url, [SentHeader(*header) for header in headers], body)


def _own_text(body: bytes, *, urls: bool) -> str:
    """A custom body: its template may hold a destination's credential, so viewers see none."""
    return _text(body) if urls else MASK


async def settled(registry: Registry, records: Iterable[DeliveryRecord]) -> None:
    """Wait until every webhook of `records` is known here.

    A reader can see a commit a moment before the loop is told of it; only a webhook that was made
    in that very moment is concerned.
    """
    rows = {record.webhook for record in records}
    for _ in range(_PATIENCE):
        if all(registry.knows(row) for row in rows):
            return
        await asyncio.sleep(_MOMENT)


def without_urls(value: Any) -> Any:
    """JSON with every `url` in it masked, for viewers (rules.md §2)."""
    if isinstance(value, list):
        return [without_urls(item) for item in value]
    if isinstance(value, dict):
        return {
            key: mask_url(item) if key == "url" and isinstance(item, str) else without_urls(item)
            for key, item in value.items()
        }
    return value


def _scan_id(payload: bytes) -> str | None:
    """The scan an event is about, where it names one."""
    try:
        found = msgspec.json.decode(_payload.decode(payload).data.get("scan_id", b"null"))
    except msgspec.DecodeError:
        return None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
