"""Makes one attempt of a delivery and returns an Outcome, whatever the receiver does."""

import time
from functools import lru_cache
from http import HTTPStatus

from aiohttp.http import RawResponseMessage

from daemon.delivery.http.errors import UnansweredError, WireError, defect
from daemon.delivery.http.exchange import RawResponse, exchange
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.pool_selection import PoolSelection
from daemon.delivery.http.resolver import Lookup, system_lookup
from daemon.delivery.http.target import Target, parse_target
from daemon.delivery.http.timings import AttemptTimings, Deadlines, set_current_timings
from daemon.domain.deliveries.outcome import BODY_LIMIT, ErrorKind, Failure, Outcome, Response
from daemon.domain.deliveries.request import OutgoingRequest

_FIRST_SUCCESS, _LAST_SUCCESS = 200, 299
_REASON_LIMIT = 80
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Sender:
    """Makes attempts over connections that it keeps between them.

    It sends only the given headers. It does not follow redirects, keep cookies, read environment
    variables or decompress. It belongs to the running event loop and must be closed. The
    constructor, and `reconfigure` before it changes anything, raise ValueError for an unusable
    certificate file, range or proxy in `policy`.
    """

    def __init__(self, policy: NetworkPolicy, lookup: Lookup = system_lookup) -> None:
        self._pools = PoolSelection(policy, lookup)
        self._deadlines = Deadlines()

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Use `policy` from the next attempt on; attempts in flight keep the old one."""
        self._pools.reconfigure(policy)

    async def attempt(self, request: OutgoingRequest, timeout: float) -> Outcome:  # noqa: ASYNC109  # the outcome must name the phase that the time ran out in
        """Send `request` once. `timeout` is seconds for DNS, connecting, TLS and the answer.

        Success is 2xx with the body ended, or read up to BODY_LIMIT (rules.md §3). Everything else
        is a failure in the outcome. Raises only CancelledError, when the task is cancelled.
        """
        started_ms, started = time.time_ns() // 1_000_000, time.perf_counter()
        timings, body = AttemptTimings(), bytearray()
        answer: RawResponse | None = None
        failure: Failure | None = None
        ended = False
        try:
            target = parse_target(request.url)
            raw = _request_bytes(target, request)
            with self._deadlines.within(timeout):
                answer = await self._exchange(target, raw, timings)
                ended = await answer.read(body, BODY_LIMIT)
        except TimeoutError:
            missing = timings.missing(parse_target(request.url).host)
            failure = Failure(ErrorKind.TIMEOUT, f"{missing} in {timeout:g} s")
        except WireError as error:
            failure = error.failure
        except Exception as error:  # noqa: BLE001  # one attempt must not end the others
            failure = defect(error)
        if answer is not None and not _FIRST_SUCCESS <= answer.head.code <= _LAST_SUCCESS:
            # The status is more useful than a failure of the body after it.
            failure = Failure(ErrorKind.HTTP, _status_words(answer.head))
        return Outcome(
            started_ms=started_ms,
            duration_ms=round((time.perf_counter() - started) * 1000),
            failure=failure,
            response=None if answer is None else _response(answer.head, body, ended=ended),
            phases=timings.phases(),
        )

    async def _exchange(self, target: Target, raw: bytes, timings: AttemptTimings) -> RawResponse:
        """Send a request and read the head of the answer. Raises WireError."""
        set_current_timings(timings)
        try:
            connection = await self._pools.choose(target.host).connect(target.host, target.port)
            return await exchange(connection, raw, timings)
        except UnansweredError:
            if timings.on_new_connection:
                raise
        # The receiver had closed the kept connection: send once more at once (rules.md §3).
        timings.start_over()
        pool = self._pools.choose(target.host)
        connection = await pool.connect(target.host, target.port, fresh=True)
        return await exchange(connection, raw, timings)

    async def close(self) -> None:
        """Close every connection. Attempts in flight fail: cancel them before."""
        await self._pools.close()


def _request_bytes(target: Target, request: OutgoingRequest) -> bytes:
    """The complete bytes of the request (rules.md §3).

    Raises WireError when a value has a line break or NUL.
    """
    head = (
        b"POST %b HTTP/1.1\r\nHost: %b\r\n%bAccept-Encoding: identity\r\nContent-Length: %d\r\n"
        % (target.target, target.authority, request.lines.encode(), len(request.body))
    )
    lines = 4 + request.count
    if b"\0" in head or not head.count(b"\r") == head.count(b"\n") == lines:
        raise WireError(ErrorKind.PROTOCOL, "a header or the URL has a line break or NUL in it")
    return b"%b\r\n%b" % (head, request.body)


def _response(head: RawResponseMessage, body: bytearray, *, ended: bool) -> Response:
    """The part of the answer that arrived."""
    return Response(
        status=head.code,
        reason=_reason(head.reason),
        headers=_header_texts(head),
        body=bytes(body[:BODY_LIMIT]),
        truncated=not ended or len(body) > BODY_LIMIT,
    )


def _status_words(head: RawResponseMessage) -> str:
    """The status of an answer that is not a success, for people."""
    status = head.code
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        # The receiver's own phrase, which may be anything, shortened to printable characters.
        said = _reason(head.reason)[:_REASON_LIMIT]
        phrase = "".join(letter for letter in said if letter.isprintable())
    words = f"{status} {phrase}".rstrip()
    return f"{words}: redirects are never followed" if status in _REDIRECTS else words


@lru_cache(maxsize=64)  # nearly always the same few
def _reason(reason: str | None) -> str:
    return _text((reason or "").encode("utf-8", "surrogateescape"))


def _header_texts(head: RawResponseMessage) -> tuple[tuple[str, str], ...]:
    try:
        return tuple([(name.decode(), value.decode()) for name, value in head.raw_headers])
    except UnicodeDecodeError:
        return tuple([(_text(name), _text(value)) for name, value in head.raw_headers])


def _text(raw: bytes) -> str:
    """Header text of a receiver: decoded as UTF-8 if valid, else as Latin-1."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
