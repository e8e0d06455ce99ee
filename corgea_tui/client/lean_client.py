"""The daemon's API for commands: synchronous, typed, and quick to import.

The app has its own client, asynchronous and on httpx; this one exists because importing httpx
costs more than a verb may take to start. Every failure is one of `corgea_tui.errors`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Self, TypeVar

import msgspec

from corgea_tui.client.errors import NOT_FOUND, NOT_PERMITTED, Mismatch, Refused, Unreachable, Usage
from corgea_tui.client.host import Host
from corgea_tui.client.lean_http import BadAnswer, HttpConnection, HttpResponse
from daemon.protocol import API_MAX, API_MIN, ApiRange, EventType, Problem, Role, Webhook

T = TypeVar("T")
Query = Mapping[str, str | int | None]

PATIENCE = 60.0
"""Seconds to wait for each piece of an answer; an emit may wait behind a long commit."""
STREAM_PATIENCE = 15.0
"""Seconds of silence after which a stream counts as lost: three missed blank lines."""
PAGE = 500
"""Items a page: the most that the API gives."""
FRESH = 2.0
"""Seconds for which an idle connection is trusted to be still open at the other end."""
ERROR_STATUS = 400


class RawPage(msgspec.Struct, frozen=True):
    """A page of a list with its items still as JSON: printed as they came, or decoded."""

    items: list[msgspec.Raw]
    next: str | None
    total: int | None
    seq: int


class RawChange(msgspec.Struct, frozen=True):
    """A line of the stream of changes with its object still as JSON."""

    seq: int
    type: str
    data: msgspec.Raw


class Hello(msgspec.Struct, frozen=True):
    """What a client needs to know of a daemon before anything else; true for every protocol."""

    version: str
    api: ApiRange
    role: Role


class LeanClient:
    """One daemon, called from one thread. Use as a context manager, or `close` it."""

    def __init__(self, host: Host) -> None:
        """Nothing is dialled before the first call."""
        self._host = host
        self._idle: HttpConnection | None = None
        self._used = 0.0
        self._greeted = False

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

    def get(self, path: str, kind: type[T], query: Query | None = None) -> T:
        """`GET path`, decoded as `kind`; `msgspec.Raw` gives the JSON as it came."""
        return self._decode(self.call("GET", path, query=query), kind)

    def post(self, path: str, kind: type[T], body: object = None) -> T:
        """`POST path` with `body` as JSON, or empty; the answer decoded as `kind`."""
        sent = b"" if body is None else encode(body)
        return self._decode(self.call("POST", path, body=sent), kind)

    def put(self, path: str, kind: type[T], body: object, version: int) -> T:
        """`PUT path` on top of `version`; `Refused` with 412 when somebody saved meanwhile."""
        headers = {"If-Match": str(version)}
        return self._decode(self.call("PUT", path, body=encode(body), headers=headers), kind)

    def delete(self, path: str, version: int) -> None:
        """`DELETE path` as it was at `version`."""
        self.call("DELETE", path, headers={"If-Match": str(version)})

    def page(self, path: str, query: Query | None = None) -> RawPage:
        """One page of a list."""
        return self.get(path, RawPage, query)

    def pages(self, path: str, query: Query, limit: int | None) -> Iterator[msgspec.Raw]:
        """The items of a list over all its pages, at most `limit`; the daemon's order."""
        left, cursor = limit, None
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self.page(path, {**query, "limit": size, "cursor": cursor})
            yield from page.items
            cursor = page.next
            if cursor is None:
                return
            left = None if left is None else left - len(page.items)

    def event_types(self) -> list[EventType]:
        """What may be sent and subscribed to, with samples; the reserved type too."""
        raws = self.pages("/v1/event-types", {}, None)
        return [self._decode(bytes(raw), EventType) for raw in raws]

    def webhook(self, name_or_id: str) -> Webhook:
        """The webhook with that id or name; `Refused` with 404 names those that exist."""
        return self._decode(self.webhook_raw(name_or_id), Webhook)

    def webhook_raw(self, name_or_id: str) -> bytes:
        """As `webhook`, as JSON."""
        try:
            return self.call("GET", f"/v1/webhooks/{segment(name_or_id)}")
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
        names = []
        for raw in self.pages("/v1/webhooks", {}, None):
            found = self._decode(bytes(raw), Webhook)
            if found.name == name_or_id:
                return bytes(raw)
            names.append(found.name)
        raise Refused(Problem("No such webhook", NOT_FOUND, _no_webhook(name_or_id, names)))

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """One call; the body of its answer. `Refused` when the daemon says no."""
        with self._answer(method, target(path, query), headers or {}, body, PATIENCE) as answer:
            return answer.read()

    @contextmanager
    def stream(
        self, path: str, query: Query | None = None, patience: float = STREAM_PATIENCE
    ) -> Iterator[HttpResponse]:
        """`GET path`, read piece by piece; `Unreachable` when it breaks off or falls silent."""
        with self._answer("GET", target(path, query), {}, b"", patience) as answer:
            yield answer

    @contextmanager
    def _answer(
        self, method: str, where: str, headers: Mapping[str, str], body: bytes, patience: float
    ) -> Iterator[HttpResponse]:
        self._greet()
        connection = self._take(patience)  # ours alone until its answer is read
        try:
            answer = _ask(connection, method, where, headers, body)
            _refuse(answer)
            yield answer
            if answer.reusable and self._idle is None:
                self._idle, self._used = connection, monotonic()
        except BadAnswer as error:
            raise Unreachable(
                f"the daemon's answer broke off: {error}",
                "see whether it still runs: corgea-daemon status",
            ) from error
        finally:
            if connection is not self._idle:
                connection.close()

    def _take(self, patience: float) -> HttpConnection:
        connection, self._idle = self._idle, None
        if connection is not None and monotonic() - self._used > FRESH:
            connection.close()
            connection = None
        if connection is None:
            connection = HttpConnection(self._host.dial())
        connection.patience(patience)
        return connection

    def _greet(self) -> None:
        """Before the first call: do the two sides share a protocol? `/v1/daemon` answers in all."""
        if self._greeted:
            return
        self._greeted = True
        try:
            hello = self.get("/v1/daemon", Hello)
        except Refused as refused:
            if refused.status == NOT_PERMITTED:  # a producer may emit and see nothing
                return
            raise
        check(hello)

    def _decode(self, body: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            raise not_understood(error) from error


def check(hello: Hello) -> None:
    """`Mismatch`, naming the side to upgrade, when the daemon shares no protocol with us."""
    if hello.api.min > API_MAX:
        raise Mismatch(
            f"the daemon ({hello.version}) speaks protocol {hello.api.min} and newer, this command"
            f" up to {API_MAX}",
            "upgrade corgea-tui",
        )
    if hello.api.max < API_MIN:
        raise Mismatch(
            f"the daemon ({hello.version}) speaks protocol {hello.api.max} and older, this command"
            f" from {API_MIN}",
            "upgrade corgea-daemon, then restart it",
        )


def not_understood(error: msgspec.MsgspecError) -> Mismatch:
    """What an answer of another shape comes to."""
    return Mismatch(
        f"the daemon's answer is not understood ({error})",
        "are corgea-tui and corgea-daemon of the same version?",
    )


def encode(value: object) -> bytes:
    """`value` as JSON; decimal numbers keep the spelling they were typed in."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        raise Usage("what was typed in is not valid UTF-8") from None


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def target(path: str, query: Query | None) -> str:
    """A request's target; parameters that are None are left out."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    if not given:
        return path
    from urllib.parse import urlencode

    return f"{path}?{urlencode(given)}"


def segment(text: str) -> str:
    """`text` as one segment of a path."""
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    from urllib.parse import quote

    return quote(text, safe="")


def _ask(
    connection: HttpConnection, method: str, where: str, headers: Mapping[str, str], body: bytes
) -> HttpResponse:
    try:
        headers = {"Content-Type": "application/json", **headers}
        return connection.request(method, where, headers, body)
    except OSError as error:
        raise BadAnswer(str(error)) from error


def _refuse(answer: HttpResponse) -> None:
    if answer.status >= ERROR_STATUS:
        wait = answer.headers.get("retry-after", "")
        problem = _problem(answer.status, answer.read())
        raise Refused(problem, float(wait) if wait.isdecimal() else None)


def _problem(status: int, body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        return Problem(f"the daemon answered {status}", status)


def _no_webhook(wanted: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(wanted, names, n=1, cutoff=0.5)
    if near:
        return f"no webhook is called {wanted}; did you mean {near[0]}?"
    if not names:
        return f"no webhook is called {wanted}: there are none yet"
    return f"no webhook is called {wanted}; there are {', '.join(names[:8])}"
