"""The daemon's API for asynchronous Python: typed calls and the stream of changes.

An `ApiCaller` moves the bytes (`unix_socket.py`); this file knows paths and shapes only,
so importing it costs next to nothing. Every failure is `Refused` or `Unreachable`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

import msgspec

from daemon.protocol import (
    API_MAX,
    API_MIN,
    Accepted,
    AllStatistics,
    ApiRange,
    Attempt,
    AuditEntry,
    ChangeType,
    DaemonInfo,
    Delivery,
    DeliveryDetail,
    Event,
    EventDetail,
    EventType,
    Explanation,
    Job,
    LogLine,
    Peer,
    Problem,
    Webhook,
    WebhookSaved,
    WebhookStatistics,
)

T = TypeVar("T")
Query = Mapping[str, str | int | None]

PAGE = 200
"""Items asked for at once: a few screens full."""
FIRST = 60
"""Deliveries in the first list: a screen full comes sooner over a slow link."""


class Refused(Exception):
    """The daemon said no. `problem` is its answer, with every complaint about every field."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem


class Unreachable(Exception):
    """No daemon answers, or the connection broke; the message says what was tried."""


class Mismatch(Exception):
    """Client and daemon know no common protocol; the message says which of them to upgrade."""


class ApiCaller(Protocol):
    """Carries one call to the daemon and its answer back."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query = ...,
        body: bytes = ...,
        version: int | None = ...,
    ) -> bytes:
        """The body of a 2xx answer. `version` goes into `If-Match`."""
        ...

    def lines(self, path: str, query: Query) -> AsyncGenerator[list[bytes]]:
        """The lines of an endless answer, as many at once as have arrived."""
        ...

    def pieces(self, path: str, query: Query) -> AsyncGenerator[bytes]:
        """A long answer in pieces."""
        ...

    async def close(self) -> None:
        """Give the connections back. Safe to call twice."""
        ...


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list; `seq` joins it with the stream of changes."""

    items: list[T]
    next: str | None
    total: int | None
    seq: int


class RawChange(msgspec.Struct, frozen=True):
    """A change whose object is not decoded yet: most are replaced before anybody looks."""

    seq: int
    type: ChangeType
    data: msgspec.Raw


class Matched(msgspec.Struct, frozen=True):
    """How many deliveries a bulk call means; `job_id` once it has started."""

    matched: int
    job_id: str | None = None


class Tested(msgspec.Struct, frozen=True):
    """How a test went."""

    delivery_id: str | None
    attempt: Attempt


class _Retried(msgspec.Struct, frozen=True):
    attempt: int


class _BackedUp(msgspec.Struct, frozen=True):
    path: str
    bytes: int


class _ExactDelivery(DeliveryDetail, frozen=True, kw_only=True):
    """With the payload byte for byte: decoded, numbers would lose their spelling."""

    payload: msgspec.Raw


class _ExactEvent(EventDetail, frozen=True, kw_only=True):
    """With the payload byte for byte."""

    payload: msgspec.Raw


class _Hello(msgspec.Struct, frozen=True):
    """What can be read of a daemon of any version."""

    version: str
    api: ApiRange


_change = msgspec.json.Decoder(RawChange)


class Client:
    """One daemon. Close it."""

    def __init__(self, caller: ApiCaller) -> None:
        self._caller = caller

    async def close(self) -> None:
        """Give the connections back. Safe to call twice."""
        await self._caller.close()

    # --- deliveries

    async def deliveries(
        self,
        text: str = "",
        cursor: str | None = None,
        before: str | None = None,
        limit: int = PAGE,
        status: str | None = None,
    ) -> Listed[Delivery]:
        """A page of the history that matches the filter `text`, newest first.

        `before`: only what was made before this time; `status`: only what ended, or stands, so.
        """
        query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
        query["status"] = status
        return await self._get("/v1/deliveries", Listed[Delivery], query)

    async def delivery(self, delivery_id: str) -> DeliveryDetail:
        """A delivery with its attempts."""
        return await self._get(f"/v1/deliveries/{_id(delivery_id)}", _ExactDelivery)

    async def retry(self, delivery_id: str) -> int:
        """Send it once more; the number of the attempt."""
        path = f"/v1/deliveries/{_id(delivery_id)}/retry"
        return (await self._post(path, _Retried)).attempt

    async def retry_matching(self, text: str, *, dry_run: bool) -> Matched:
        """Retry everything that the filter `text` matches, or only count it."""
        body = {"filter": text, "dry_run": dry_run}
        return await self._post("/v1/deliveries/retry", Matched, body)

    def export(self, text: str, kind: str) -> AsyncGenerator[bytes]:
        """The history that matches, as `csv` or `ndjson`, in pieces."""
        return self._caller.pieces(f"/v1/deliveries.{kind}", {"filter": text or None})

    # --- webhooks

    async def webhooks(self, cursor: str | None = None) -> Listed[Webhook]:
        """A page of the webhooks with their statistics."""
        return await self._get("/v1/webhooks", Listed[Webhook], {"cursor": cursor, "limit": 500})

    async def webhook(self, webhook_id: str) -> Webhook:
        """One webhook as it is now."""
        return await self._get(_webhook(webhook_id), Webhook)

    async def add_webhook(self, form: Mapping[str, Any]) -> WebhookSaved:
        """Save a new webhook."""
        return await self._post("/v1/webhooks", WebhookSaved, form)

    async def replace_webhook(
        self, webhook_id: str, version: int, form: Mapping[str, Any]
    ) -> WebhookSaved:
        """Save over `version`; `Refused` with 412 carries the current one."""
        body = msgspec.json.encode(form)
        answer = await self._caller.call("PUT", _webhook(webhook_id), body=body, version=version)
        return _decode(answer, WebhookSaved)

    async def delete_webhook(self, webhook_id: str, version: int) -> None:
        """Delete it; what was pending for it is discarded."""
        await self._caller.call("DELETE", _webhook(webhook_id), version=version)

    async def pause(self, webhook_id: str) -> WebhookSaved:
        """Stop sending to it; what is pending is discarded."""
        return await self._post(f"{_webhook(webhook_id)}/pause", WebhookSaved)

    async def activate(self, webhook_id: str) -> WebhookSaved:
        """Send to it again; nothing of the past is sent by itself."""
        return await self._post(f"{_webhook(webhook_id)}/activate", WebhookSaved)

    async def test(self, webhook_id: str) -> Tested:
        """Send one test event to it and wait for the end."""
        return await self._post(f"{_webhook(webhook_id)}/test", Tested)

    async def test_unsaved(self, form: Mapping[str, Any]) -> Tested:
        """Test a form that is not saved; an `id` in it lends the stored secret and headers."""
        return await self._post("/v1/webhooks/test", Tested, form)

    async def replay(
        self, webhook_id: str, since: str, until: str | None, *, dry_run: bool
    ) -> Matched:
        """Send again what failed or was discarded between two times, or only count it."""
        body = {"since": since, "dry_run": dry_run} | ({"until": until} if until else {})
        return await self._post(f"{_webhook(webhook_id)}/replay", Matched, body)

    # --- events

    async def events(
        self,
        text: str = "",
        cursor: str | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> Listed[Event]:
        """A page of the events that match, newest first; `before`: taken in before this time."""
        query = {"filter": text or None, "cursor": cursor, "limit": limit, "to": before}
        return await self._get("/v1/events", Listed[Event], query)

    async def event(self, event_id: str) -> EventDetail:
        """An event with its payload and deliveries."""
        return await self._get(f"/v1/events/{_id(event_id)}", _ExactEvent)

    async def explain(self, event_id: str) -> list[Explanation]:
        """What was decided about it for every webhook."""
        return await self._get(f"/v1/events/{_id(event_id)}/explain", list[Explanation])

    async def event_types(self) -> list[EventType]:
        """The catalogue with samples."""
        return (await self._get("/v1/event-types", Listed[EventType])).items

    async def emit(self, event: bytes) -> Accepted:
        """Submit one event, as JSON."""
        return _decode(await self._caller.call("POST", "/v1/events", body=event), Accepted)

    # --- statistics and operation

    async def statistics(self, window: str | None = None, *, each: bool = False) -> AllStatistics:
        """Over all webhooks; with a series when a window is given, with `each` one of each too."""
        query = {"window": window, "each": "true" if each else None}
        return await self._get("/v1/statistics", AllStatistics, query)

    async def webhook_statistics(
        self, webhook_id: str, window: str | None = None
    ) -> WebhookStatistics:
        """Of one webhook."""
        path = f"{_webhook(webhook_id)}/statistics"
        return await self._get(path, WebhookStatistics, {"window": window})

    async def daemon(self) -> DaemonInfo:
        """The daemon about itself, and the caller's role. `Mismatch` when it is too old or new."""
        answer = await self._caller.call("GET", "/v1/daemon", query={})
        _check_protocol(_decode(answer, _Hello))
        return _decode(answer, DaemonInfo)

    async def jobs(self) -> Listed[Job]:
        """Bulk retries and replays, newest first."""
        return await self._get("/v1/jobs", Listed[Job])

    async def job(self, job_id: str) -> Job:
        """How far a job is."""
        return await self._get(f"/v1/jobs/{_id(job_id)}", Job)

    async def cancel_job(self, job_id: str) -> Job:
        """Start nothing more for it; what is on the wire ends."""
        return await self._post(f"/v1/jobs/{_id(job_id)}/cancel", Job)

    async def audit(self, text: str = "") -> Listed[AuditEntry]:
        """Who did what, newest first; the filter knows `webhook:`, times and text."""
        query = {"filter": text or None, "limit": 100}
        return await self._get("/v1/audit", Listed[AuditEntry], query)

    async def log(self, limit: int = 100) -> Listed[LogLine]:
        """The last lines of the daemon's log, newest first."""
        return await self._get("/v1/log", Listed[LogLine], {"limit": limit})

    async def peers(self) -> Listed[Peer]:
        """Who is connected."""
        return await self._get("/v1/peers", Listed[Peer], {"limit": 500})

    async def stop_daemon(self) -> None:
        """Let the daemon finish what is on the wire and stop."""
        await self._caller.call("POST", "/v1/daemon/stop")

    async def backup(self, path: str) -> int:
        """Copy the store to a new file on the daemon's machine; its size in bytes."""
        return (await self._post("/v1/daemon/backup", _BackedUp, {"path": path})).bytes

    async def changes(self, since: int | None) -> AsyncGenerator[list[RawChange]]:
        """Everything that changes from `since` on, in batches; an empty batch is a sign of life."""
        async with aclosing(self._caller.lines("/v1/watch", {"since": since})) as stream:
            async for lines in stream:
                yield [_decode_change(line) for line in lines if line]

    # ---

    async def _get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        return _decode(await self._caller.call("GET", path, query=query or {}), kind)

    async def _post(self, path: str, kind: type[T], body: object = None) -> T:
        sent = b"" if body is None else msgspec.json.encode(body)
        return _decode(await self._caller.call("POST", path, body=sent), kind)


def _check_protocol(hello: _Hello) -> None:
    theirs, version = hello.api, hello.version
    if theirs.max < API_MIN:
        raise Mismatch(
            f"the daemon ({version}) speaks protocol {theirs.max}, this app {API_MIN}:"
            " upgrade the daemon"
        )
    if theirs.min > API_MAX:
        raise Mismatch(
            f"the daemon ({version}) speaks protocol {theirs.min}, this app {API_MAX}:"
            " upgrade corgea-tui"
        )


def _id(text: str) -> str:
    """One step of a path. An event's id may be `..`, which httpx would take for a way up."""
    return "%2E" * len(text) if text in {".", ".."} else quote(text, safe="")


def _webhook(webhook_id: str) -> str:
    return f"/v1/webhooks/{_id(webhook_id)}"


def _decode(answer: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError as error:
        raise Unreachable(f"the daemon's answer cannot be read: {error}") from error


def _decode_change(line: bytes) -> RawChange:
    try:
        return _change.decode(line)
    except msgspec.DecodeError as error:
        raise Unreachable(f"the stream of changes cannot be read: {error}") from error
