"""The daemon's API: each call described once, for every client.

A `Call` says what is sent and what the answer decodes to. It does no I/O: `LeanClient` sends it
over a plain socket for the commands, `Client` over httpx for the app.

    delivery = lean_client.send(calls.delivery(delivery_id))
    delivery = await client.send(calls.delivery(delivery_id))
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, get_args

import msgspec

from corgea_tui.client.errors import NotUnderstood, Usage
from daemon.protocol import (
    Accepted,
    AllStatistics,
    ApiRange,
    Attempt,
    AuditEntry,
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
    Webhook,
    WebhookSaved,
    WebhookStatistics,
)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Query = Mapping[str, str | int | None]

PAGE = 200
"""Items of a page in the app: a few screens full."""
FIRST = 60
"""Deliveries in the app's first list: a screen full arrives sooner over a slow connection."""
LARGEST = 500
"""Items of a page at most: the API gives no more."""
JSON = "application/json"
NDJSON = "application/x-ndjson"


class Call(msgspec.Struct, Generic[T_co], frozen=True):
    """One call: what is sent, and the type of its answer.

    `answer` None: the body of the answer is not read as JSON. Parameters of `query` that are None
    are left out. `version` goes into `If-Match`: the state that a change is based on.
    """

    method: str
    path: str
    answer: type[T_co] | None = None
    query: Query = {}
    body: bytes = b""
    version: int | None = None
    media_type: str = JSON

    @property
    def parameters(self) -> dict[str, str | int]:
        """The parameters that are given."""
        return {name: value for name, value in self.query.items() if value is not None}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        headers = {"Content-Type": self.media_type} if self.body else {}
        return headers if self.version is None else {**headers, "If-Match": str(self.version)}

    def decode(self, body: bytes) -> T_co:
        """The answer as an object; `NotUnderstood` when it has another shape."""
        if self.answer is None:
            return None  # type: ignore[return-value]  # such calls are Call[None]
        return decode(body, self.answer, "the daemon's answer")


class ListCall(Call[Page[T]], Generic[T], frozen=True):
    """A call that answers with a page of a list."""

    def page(self, limit: int, cursor: str | None = None) -> "ListCall[T]":
        """The same list, from `cursor` on, `limit` items."""
        return msgspec.structs.replace(self, query={**self.query, "limit": limit, "cursor": cursor})

    def decode_item(self, item: msgspec.Raw) -> T:
        """One item of the list as an object."""
        kind: type[T] = get_args(self.answer)[0]
        return decode(item, kind, "an item of the daemon's answer")


RawPage = Page[msgspec.Raw]
"""A page whose items are not decoded: they are printed as they came, or decoded one by one."""


class RawChange(msgspec.Struct, frozen=True):
    """A line of the stream of changes whose object is not decoded yet.

    Most are replaced by a newer state before they are read. A client ignores types that it does
    not know.
    """

    seq: int
    type: str
    data: msgspec.Raw


class Hello(msgspec.Struct, frozen=True):
    """The part of `DaemonInfo` that is the same in every version of the protocol."""

    version: str
    api: ApiRange


class Matched(msgspec.Struct, frozen=True):
    """How many deliveries a bulk call means; `job_id` once it has started."""

    matched: int
    job_id: str | None = None


class Tested(msgspec.Struct, frozen=True):
    """How a test went; `delivery_id` is None for a webhook that is not saved."""

    delivery_id: str | None
    attempt: Attempt


class Retried(msgspec.Struct, frozen=True):
    """The number of the attempt that is made now."""

    attempt: int


class BackedUp(msgspec.Struct, frozen=True):
    """Where the copy of the store is, and its size."""

    path: str
    bytes: int


class _ExactDelivery(DeliveryDetail, frozen=True, kw_only=True):
    """With the payload byte for byte: decoded, numbers would lose their spelling."""

    payload: msgspec.Raw


class _ExactEvent(EventDetail, frozen=True, kw_only=True):
    """With the payload byte for byte."""

    payload: msgspec.Raw


# --- deliveries


def deliveries(
    text: str | None = None,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
    status: str | None = None,
) -> ListCall[Delivery]:
    """A page of the history that matches the filter `text`, newest first.

    `before`: only deliveries created before this time; `status`: only those with this status.
    """
    query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
    return _list("/v1/deliveries", Page[Delivery], {**query, "status": status})


def deliveries_since(text: str | None, created: str | None) -> ListCall[Delivery]:
    """The deliveries that match, created at `created` or later when it is given."""
    return _list("/v1/deliveries", Page[Delivery], {"filter": text, "from": created})


def delivery(delivery_id: str) -> Call[DeliveryDetail]:
    """A delivery with its attempts."""
    return Call("GET", f"/v1/deliveries/{segment(delivery_id)}", _ExactDelivery)


def retry(delivery_id: str) -> Call[Retried]:
    """Make one more attempt now."""
    return Call("POST", f"/v1/deliveries/{segment(delivery_id)}/retry", Retried)


def retry_matching(
    text: str, limit: int | None = None, rate: float | None = None, *, dry_run: bool
) -> Call[Matched]:
    """Retry all deliveries that the filter `text` matches, or only count them.

    At most `limit` of them, at most `rate` a second.
    """
    body = {"filter": text, "limit": limit, "rate": rate, "dry_run": dry_run}
    return _post("/v1/deliveries/retry", Matched, _given(body))


def export(text: str | None, kind: str) -> Call[None]:
    """All deliveries that match, as `csv` or `ndjson`; the answer is a stream of bytes."""
    return Call("GET", f"/v1/deliveries.{kind}", query={"filter": text or None})


# --- webhooks


def webhooks(text: str | None = None, cursor: str | None = None) -> ListCall[Webhook]:
    """A page of the webhooks with their statistics."""
    query = {"filter": text, "cursor": cursor, "limit": LARGEST}
    return _list("/v1/webhooks", Page[Webhook], query)


def webhook(webhook_id: str) -> Call[Webhook]:
    """One webhook as it is now."""
    return Call("GET", _webhook(webhook_id), Webhook)


def add_webhook(form: Mapping[str, Any]) -> Call[WebhookSaved]:
    """Save a new webhook."""
    return _post("/v1/webhooks", WebhookSaved, form)


def replace_webhook(webhook_id: str, version: int, form: Mapping[str, Any]) -> Call[WebhookSaved]:
    """Save over `version`; 412 carries the current webhook when another save came first."""
    return Call("PUT", _webhook(webhook_id), WebhookSaved, body=encode(form), version=version)


def delete_webhook(webhook_id: str, version: int) -> Call[None]:
    """Delete it; its pending deliveries are discarded."""
    return Call("DELETE", _webhook(webhook_id), version=version)


def pause(webhook_id: str) -> Call[WebhookSaved]:
    """Stop sending to it; its pending deliveries are discarded."""
    return _post(f"{_webhook(webhook_id)}/pause", WebhookSaved)


def activate(webhook_id: str) -> Call[WebhookSaved]:
    """Send to it again; what it missed is not sent."""
    return _post(f"{_webhook(webhook_id)}/activate", WebhookSaved)


def send_test(webhook_id: str) -> Call[Tested]:
    """Send one test event to it; the answer comes when the attempt has ended."""
    return _post(f"{_webhook(webhook_id)}/test", Tested)


def send_unsaved_test(form: Mapping[str, Any]) -> Call[Tested]:
    """Test a form that is not saved; with an `id`, the stored secret and headers are used."""
    return _post("/v1/webhooks/test", Tested, form)


def replay(
    webhook_id: str,
    since: str,
    until: str | None = None,
    limit: int | None = None,
    rate: float | None = None,
    *,
    dry_run: bool,
) -> Call[Matched]:
    """Send again what failed or was discarded between two times, or only count it."""
    body = {"since": since, "until": until, "limit": limit, "rate": rate, "dry_run": dry_run}
    return _post(f"{_webhook(webhook_id)}/replay", Matched, _given(body))


# --- events


def events(
    text: str | None = None,
    cursor: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> ListCall[Event]:
    """A page of the events that match, newest first; `before`: accepted before this time."""
    query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
    return _list("/v1/events", Page[Event], query)


def event(event_id: str) -> Call[EventDetail]:
    """An event with its payload and deliveries."""
    return Call("GET", f"/v1/events/{segment(event_id)}", _ExactEvent)


def explain(event_id: str) -> Call[list[Explanation]]:
    """For each webhook: why it got the event, or did not."""
    return Call("GET", f"/v1/events/{segment(event_id)}/explain", list[Explanation])


def event_types() -> ListCall[EventType]:
    """The catalogue with samples."""
    return _list("/v1/event-types", Page[EventType], {})


def emit(event: bytes) -> Call[Accepted]:
    """Submit one event, as JSON."""
    return Call("POST", "/v1/events", Accepted, body=event)


def emit_lines(lines: bytes) -> Call[None]:
    """Submit many events, one a line; the answer is a line for each, in the same order."""
    return Call("POST", "/v1/events", body=lines, media_type=NDJSON)


# --- statistics and operation


def statistics(window: str | None = None, *, each: bool = False) -> Call[AllStatistics]:
    """Over all webhooks; with a series when a window is given, with `each` one per webhook too."""
    query = {"window": window, "each": "true" if each else None}
    return Call("GET", "/v1/statistics", AllStatistics, query)


def webhook_statistics(webhook_id: str, window: str | None = None) -> Call[WebhookStatistics]:
    """Of one webhook."""
    path = f"{_webhook(webhook_id)}/statistics"
    return Call("GET", path, WebhookStatistics, {"window": window})


def hello() -> Call[Hello]:
    """The daemon's version and protocols; every daemon answers this, whatever its protocol."""
    return Call("GET", "/v1/daemon", Hello)


def daemon() -> Call[DaemonInfo]:
    """The daemon about itself, and the caller's role."""
    return Call("GET", "/v1/daemon", DaemonInfo)


def jobs() -> ListCall[Job]:
    """Bulk retries and replays, newest first."""
    return _list("/v1/jobs", Page[Job], {})


def job(job_id: str) -> Call[Job]:
    """How far a job is."""
    return Call("GET", f"/v1/jobs/{segment(job_id)}", Job)


def cancel_job(job_id: str) -> Call[Job]:
    """Start nothing more for it; deliveries in flight end."""
    return _post(f"/v1/jobs/{segment(job_id)}/cancel", Job)


def audit(text: str = "") -> ListCall[AuditEntry]:
    """Who did what, newest first; the filter knows `webhook:`, times and text."""
    return _list("/v1/audit", Page[AuditEntry], {"filter": text or None, "limit": 100})


def log(limit: int = 100) -> ListCall[LogLine]:
    """The last lines of the daemon's log, newest first."""
    return _list("/v1/log", Page[LogLine], {"limit": limit})


def peers() -> ListCall[Peer]:
    """Who is connected."""
    return _list("/v1/peers", Page[Peer], {"limit": LARGEST})


def stop_daemon() -> Call[None]:
    """Let the daemon finish the deliveries in flight and stop."""
    return Call("POST", "/v1/daemon/stop")


def backup(path: str) -> Call[BackedUp]:
    """Copy the store to a new file on the daemon's machine."""
    return _post("/v1/daemon/backup", BackedUp, {"path": path})


def changes(since: int | None = None, text: str | None = None) -> Call[None]:
    """All changes after the sequence number `since` that match, as an endless stream of lines.

    A blank line is a sign of life. `decode_change` reads the others.
    """
    return Call("GET", "/v1/watch", query={"filter": text, "since": since})


# --- what goes over the connection

_change = msgspec.json.Decoder(RawChange)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes | msgspec.Raw, kind: type[T], what: str) -> T:
    """`body` as `kind`; `NotUnderstood` says that `what` cannot be read."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise NotUnderstood(what, error) from error


def decode_change(line: bytes) -> RawChange:
    """A line of the stream of changes."""
    try:
        return _change.decode(line)
    except msgspec.MsgspecError as error:
        raise NotUnderstood("the stream of changes", error) from error


def encode(value: object) -> bytes:
    """`value` as JSON; decimal numbers keep the spelling they were typed in."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Usage("what was typed in is not valid UTF-8") from None


def segment(text: str) -> str:
    """`text` as one segment of a path; `..`, a legal id, does not become the folder above."""
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    from urllib.parse import quote

    return "%2E" * len(text) if text in {".", ".."} else quote(text, safe="")


def _webhook(webhook_id: str) -> str:
    return f"/v1/webhooks/{segment(webhook_id)}"


def _list(path: str, answer: type[Page[T]], query: Query) -> ListCall[T]:
    return ListCall("GET", path, answer, query)


def _post(path: str, answer: type[T], body: object = None) -> Call[T]:
    return Call("POST", path, answer, body=b"" if body is None else encode(body))


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
