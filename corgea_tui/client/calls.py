"""The daemon's API: each call described once, for every client.

An `ApiCall` describes the request and the type of the answer. It does no I/O: `LeanClient` sends it
over a plain socket for the commands, `Client` over httpx for the app.

    delivery = lean_client.send(calls.delivery(delivery_id))
    delivery = await client.send(calls.delivery(delivery_id))
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from corgea_tui.client.api_call import (
    NDJSON,
    ApiCall,
    ApiListCall,
    ExactDelivery,
    ExactEvent,
    Hello,
    Matched,
    Query,
    encode,
    segment,
)
from daemon.protocol import (
    Accepted,
    AllStatistics,
    AuditEntry,
    BackupWritten,
    DaemonInfo,
    Delivery,
    DeliveryDetail,
    Event,
    EventDetail,
    EventType,
    Explanation,
    Job,
    LogLine,
    Page,
    Peer,
    RetryStarted,
    Webhook,
    WebhookSaved,
    WebhookStatistics,
    WebhookTestResult,
)

T = TypeVar("T")

PAGE = 200
"""Items of a page in the app: enough for a few screens."""
FIRST_PAGE = 60
"""Deliveries in the app's first list: enough for one screen, as the connection may be slow."""
LARGEST_PAGE = 500
"""The most items of a page that the API allows."""

# --- deliveries


def deliveries(
    text: str | None = None,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
    status: str | None = None,
) -> ApiListCall[Delivery]:
    """A page of the history that matches the filter `text`, newest first.

    `before`: only deliveries created before this time; `status`: only those with this status.
    """
    query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
    return _list("/v1/deliveries", Page[Delivery], {**query, "status": status})


def deliveries_since(text: str | None, created: str | None) -> ApiListCall[Delivery]:
    """The deliveries that match, created at `created` or later when it is given."""
    return _list("/v1/deliveries", Page[Delivery], {"filter": text, "from": created})


def delivery(delivery_id: str) -> ApiCall[DeliveryDetail]:
    """A delivery with its attempts."""
    return ApiCall("GET", f"/v1/deliveries/{segment(delivery_id)}", ExactDelivery)


def retry(delivery_id: str) -> ApiCall[RetryStarted]:
    """Make one more attempt now."""
    return ApiCall("POST", f"/v1/deliveries/{segment(delivery_id)}/retry", RetryStarted)


def retry_matching(
    text: str, limit: int | None = None, rate: float | None = None, *, dry_run: bool
) -> ApiCall[Matched]:
    """Retry all deliveries that the filter `text` matches, or only count them.

    At most `limit` of them, at most `rate` a second.
    """
    body = {"filter": text, "limit": limit, "rate": rate, "dry_run": dry_run}
    return _post("/v1/deliveries/retry", Matched, _given(body))


def export(text: str | None, kind: str) -> ApiCall[None]:
    """All deliveries that match, as `csv` or `ndjson`; the answer is a stream of bytes."""
    return ApiCall("GET", f"/v1/deliveries.{kind}", query={"filter": text or None})


# --- webhooks


def webhooks(text: str | None = None, cursor: str | None = None) -> ApiListCall[Webhook]:
    """A page of the webhooks with their statistics."""
    query = {"filter": text, "cursor": cursor, "limit": LARGEST_PAGE}
    return _list("/v1/webhooks", Page[Webhook], query)


def webhook(webhook_id: str) -> ApiCall[Webhook]:
    """One webhook as it is now."""
    return ApiCall("GET", _webhook(webhook_id), Webhook)


def add_webhook(form: Mapping[str, Any]) -> ApiCall[WebhookSaved]:
    """Save a new webhook."""
    return _post("/v1/webhooks", WebhookSaved, form)


def replace_webhook(
    webhook_id: str, version: int, form: Mapping[str, Any]
) -> ApiCall[WebhookSaved]:
    """Save over `version`; 412 carries the current webhook when another save came first."""
    return ApiCall("PUT", _webhook(webhook_id), WebhookSaved, body=encode(form), version=version)


def delete_webhook(webhook_id: str, version: int) -> ApiCall[None]:
    """Delete the webhook; its pending deliveries are discarded."""
    return ApiCall("DELETE", _webhook(webhook_id), version=version)


def pause(webhook_id: str) -> ApiCall[WebhookSaved]:
    """Pause the webhook; its pending deliveries are discarded."""
    return _post(f"{_webhook(webhook_id)}/pause", WebhookSaved)


def activate(webhook_id: str) -> ApiCall[WebhookSaved]:
    """Activate the webhook; the events since its pause are not sent."""
    return _post(f"{_webhook(webhook_id)}/activate", WebhookSaved)


def send_test(webhook_id: str) -> ApiCall[WebhookTestResult]:
    """Send one test event to the webhook; the answer comes when the attempt has ended."""
    return _post(f"{_webhook(webhook_id)}/test", WebhookTestResult)


def send_unsaved_test(form: Mapping[str, Any]) -> ApiCall[WebhookTestResult]:
    """Test an unsaved form; with an `id`, the stored secret and headers are used."""
    return _post("/v1/webhooks/test", WebhookTestResult, form)


def replay(
    webhook_id: str,
    since: str,
    until: str | None = None,
    limit: int | None = None,
    rate: float | None = None,
    *,
    dry_run: bool,
) -> ApiCall[Matched]:
    """Send the failed and discarded deliveries between two times again, or only count them."""
    body = {"since": since, "until": until, "limit": limit, "rate": rate, "dry_run": dry_run}
    return _post(f"{_webhook(webhook_id)}/replay", Matched, _given(body))


# --- events


def events(
    text: str | None = None,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> ApiListCall[Event]:
    """A page of the events that match, newest first; `before`: accepted before this time."""
    query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
    return _list("/v1/events", Page[Event], query)


def event(event_id: str) -> ApiCall[EventDetail]:
    """An event with its payload and deliveries."""
    return ApiCall("GET", f"/v1/events/{segment(event_id)}", ExactEvent)


def explain(event_id: str) -> ApiCall[list[Explanation]]:
    """For each webhook: why it received the event, or why not."""
    return ApiCall("GET", f"/v1/events/{segment(event_id)}/explain", list[Explanation])


def event_types() -> ApiListCall[EventType]:
    """The catalogue of event types with samples."""
    return _list("/v1/event-types", Page[EventType], {})


def emit(event: bytes) -> ApiCall[Accepted]:
    """Submit one event, as JSON."""
    return ApiCall("POST", "/v1/events", Accepted, body=event)


def emit_lines(lines: bytes) -> ApiCall[None]:
    """Submit many events, one a line; the answer is a line for each, in the same order."""
    return ApiCall("POST", "/v1/events", body=lines, media_type=NDJSON)


# --- statistics and operation


def statistics(window: str | None = None, *, each: bool = False) -> ApiCall[AllStatistics]:
    """The statistics of all webhooks; `window` adds a series, `each` one per webhook too."""
    query = {"window": window, "each": "true" if each else None}
    return ApiCall("GET", "/v1/statistics", AllStatistics, query)


def webhook_statistics(webhook_id: str, window: str | None = None) -> ApiCall[WebhookStatistics]:
    """The statistics of one webhook; `window` adds a series."""
    path = f"{_webhook(webhook_id)}/statistics"
    return ApiCall("GET", path, WebhookStatistics, {"window": window})


def hello() -> ApiCall[Hello]:
    """The daemon's version and protocols; every daemon answers this, whatever its protocol."""
    return ApiCall("GET", "/v1/daemon", Hello)


def daemon() -> ApiCall[DaemonInfo]:
    """The daemon's version, settings and figures, and the caller's role."""
    return ApiCall("GET", "/v1/daemon", DaemonInfo)


def jobs() -> ApiListCall[Job]:
    """Bulk retries and replays, newest first."""
    return _list("/v1/jobs", Page[Job], {})


def job(job_id: str) -> ApiCall[Job]:
    """The state and progress of a job."""
    return ApiCall("GET", f"/v1/jobs/{segment(job_id)}", Job)


def cancel_job(job_id: str) -> ApiCall[Job]:
    """Cancel a job: no further delivery starts, and those in flight end."""
    return _post(f"/v1/jobs/{segment(job_id)}/cancel", Job)


def audit(text: str = "") -> ApiListCall[AuditEntry]:
    """The audit log, newest first; the filter supports `webhook:`, times and text."""
    return _list("/v1/audit", Page[AuditEntry], {"filter": text or None, "limit": 100})


def log(limit: int = 100) -> ApiListCall[LogLine]:
    """The last lines of the daemon's log, newest first."""
    return _list("/v1/log", Page[LogLine], {"limit": limit})


def peers() -> ApiListCall[Peer]:
    """The connected clients."""
    return _list("/v1/peers", Page[Peer], {"limit": LARGEST_PAGE})


def stop_daemon() -> ApiCall[None]:
    """Stop the daemon once the deliveries in flight have ended."""
    return ApiCall("POST", "/v1/daemon/stop")


def backup(path: str) -> ApiCall[BackupWritten]:
    """Copy the store to a new file on the daemon's machine."""
    return _post("/v1/daemon/backup", BackupWritten, {"path": path})


def changes(since: int | None = None, text: str | None = None) -> ApiCall[None]:
    """All changes after the sequence number `since` that match, as an endless stream of lines.

    A blank line is a heartbeat. `decode_change` reads the others.
    """
    return ApiCall("GET", "/v1/watch", query={"filter": text, "since": since})


def _webhook(webhook_id: str) -> str:
    return f"/v1/webhooks/{segment(webhook_id)}"


def _list(path: str, answer: type[Page[T]], query: Query) -> ApiListCall[T]:
    return ApiListCall("GET", path, answer, query)


def _post(path: str, answer: type[T], body: object = None) -> ApiCall[T]:
    return ApiCall("POST", path, answer, body=b"" if body is None else encode(body))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
