"""The commands' client of the daemon: synchronous, over a plain socket, quick to import.

The app's client uses httpx, which takes longer to import than a command may take to start. Both
clients send the calls of `calls.py` and raise the errors of `errors.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Self, TypeVar

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.api_call import ApiCall, ApiListCall, RawPage, decode
from corgea_tui.client.calls import LARGEST_PAGE
from corgea_tui.client.errors import (
    FIRST_ERROR,
    NOT_FOUND,
    NOT_PERMITTED,
    Refused,
    Unreachable,
    check_protocol,
    error_of,
)
from corgea_tui.client.host import Host
from corgea_tui.client.lean_http import BadAnswer, HttpConnection, HttpResponse
from daemon.protocol import EventType, Problem, Webhook

T = TypeVar("T")

ANSWER_TIMEOUT = 60.0
"""Seconds to wait for each piece of an answer; an emit may wait for a long commit."""
STREAM_TIMEOUT = 15.0
"""Seconds without a byte after which a stream counts as lost: three heartbeats are missing."""
IDLE = 2.0
"""Seconds for which an idle connection is reused."""


class LeanClient:
    """One daemon, called from one thread. Use as a context manager, or `close` it."""

    def __init__(self, host: Host) -> None:
        """The first call opens the connection."""
        self._host = host
        self._idle: HttpConnection | None = None
        self._used = 0.0
        self._checked = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Safe to call twice."""
        if self._idle is not None:
            self._idle.close()
            self._idle = None
        self._host.close()

    def send(self, call: ApiCall[T]) -> T:
        """Carry out a call of `calls.py`; return its decoded answer."""
        return call.decode(self.send_raw(call))

    def send_raw(self, call: ApiCall[Any]) -> bytes:
        """Carry out a call; return the body of its answer. Raises `Refused` for an error."""
        with self.stream(call, ANSWER_TIMEOUT) as answer:
            return answer.read()

    @contextmanager
    def stream(self, call: ApiCall[Any], timeout: float = STREAM_TIMEOUT) -> Iterator[HttpResponse]:
        """A call whose answer is read piece by piece.

        Raises `Unreachable` when the answer breaks off, or after `timeout` seconds without a piece.
        """
        self._check_protocol()
        connection = self._take(timeout)  # not shared until its answer is read
        try:
            answer = _request(connection, call)
            if answer.status >= FIRST_ERROR:
                raise error_of(answer.status, answer.read(), answer.headers.get("retry-after"))
            yield answer
            if answer.reusable and self._idle is None:
                self._idle, self._used = connection, monotonic()
        except BadAnswer as error:
            raise Unreachable(
                f"the daemon's answer broke off: {error}",
                "check that it still runs: corgea-daemon status",
            ) from error
        finally:
            if connection is not self._idle:
                connection.close()

    def pages(self, call: ApiListCall[Any], limit: int | None) -> Iterator[msgspec.Raw]:
        """The items of a list over all its pages, as JSON, at most `limit`; newest first."""
        left, cursor = limit, None
        while left is None or left > 0:
            size = LARGEST_PAGE if left is None else min(LARGEST_PAGE, left)
            page = self.page(call, size, cursor)
            yield from page.items
            cursor = page.next
            if cursor is None:
                return
            left = None if left is None else left - len(page.items)

    def page(self, call: ApiListCall[Any], limit: int, cursor: str | None = None) -> RawPage:
        """One page of a list, its items as JSON."""
        return decode(self.send_raw(call.page(limit, cursor)), RawPage, "the daemon's answer")

    def event_types(self) -> list[EventType]:
        """The event types with samples, including the reserved type."""
        call = calls.event_types()
        return [call.decode_item(raw) for raw in self.pages(call, None)]

    def webhook(self, name_or_id: str) -> Webhook:
        """The webhook with this id or name; raises `Refused` with 404, naming the existing ones."""
        return decode(self.webhook_raw(name_or_id), Webhook, "the webhook")

    def webhook_raw(self, name_or_id: str) -> bytes:
        """The webhook with this id or name, as JSON."""
        try:
            return self.send_raw(calls.webhook(name_or_id))
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
        names, call = [], calls.webhooks()
        for raw in self.pages(call, None):
            found = call.decode_item(raw)
            if found.name == name_or_id:
                return bytes(raw)
            names.append(found.name)
        raise Refused(Problem("No such webhook", NOT_FOUND, _no_webhook(name_or_id, names)))

    def _take(self, timeout: float) -> HttpConnection:
        connection, self._idle = self._idle, None
        if connection is not None and monotonic() - self._used > IDLE:
            connection.close()
            connection = None
        if connection is None:
            connection = HttpConnection(self._host.dial())
        connection.set_timeout(timeout)
        return connection

    def _check_protocol(self) -> None:
        """Check the protocol before the first call, with a call that every daemon answers."""
        if self._checked:
            return
        self._checked = True
        try:
            hello = self.send(calls.hello())
        except Refused as refused:
            if refused.status == NOT_PERMITTED:  # a producer may only emit
                return
            raise
        check_protocol(hello.version, hello.api)


def _request(connection: HttpConnection, call: ApiCall[Any]) -> HttpResponse:
    target = call.path
    if parameters := call.parameters:
        from urllib.parse import urlencode

        target = f"{target}?{urlencode(parameters)}"
    try:
        return connection.request(call.method, target, call.headers, call.body)
    except OSError as error:
        raise BadAnswer(str(error)) from error


def _no_webhook(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"there is no webhook {name}; did you mean {near[0]}?"
    if not names:
        return f"there is no webhook {name}: there are none yet"
    return f"there is no webhook {name}; there are {', '.join(names[:8])}"
