"""One attempt of a delivery: a request out, an Outcome back, whatever the receiver does."""

import time
from functools import lru_cache
from http import HTTPStatus

from aiohttp.http import RawResponseMessage

from daemon.delivery.http.deadline import Deadlines
from daemon.delivery.http.errors import WireError, defect
from daemon.delivery.http.exchange import RawResponse
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.resolver import Lookup, system_lookup
from daemon.delivery.http.target import Target, parse_target
from daemon.delivery.http.timings import AttemptTimings
from daemon.delivery.http.transport import WireTransport, check_head
from daemon.domain.deliveries.outcome import BODY_LIMIT, ErrorKind, Failure, Outcome, Response
from daemon.domain.deliveries.request import OutgoingRequest

_FIRST_SUCCESS, _LAST_SUCCESS = 200, 299
_REASON_LIMIT = 80
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Sender:
    """Makes attempts, keeping connections between them.

    Belongs to the running event loop and must be closed. Making one raises ValueError, and
    `reconfigure` does and changes nothing, for an unusable file, range or proxy in `policy`.
    """

    def __init__(self, policy: NetworkPolicy, lookup: Lookup = system_lookup) -> None:
        self._transport = WireTransport(policy, lookup)
        self._deadlines = Deadlines()

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Go by `policy` from the next attempt on; those on the wire end as they began."""
        self._transport.reconfigure(policy)

    async def attempt(self, request: OutgoingRequest, timeout: float) -> Outcome:  # noqa: ASYNC109  # the outcome must name the phase that the time ran out in
        """Send `request` once. `timeout` is seconds over DNS, connecting, TLS and the whole answer.

        Success is 2xx with the body ended, or read up to BODY_LIMIT (rules.md §3). Whatever else
        happens is a failure in the outcome; the one thing raised is CancelledError, from outside.
        """
        started_ms, started = time.time_ns() // 1_000_000, time.perf_counter()
        progress, body = AttemptTimings(), bytearray()
        answer: RawResponse | None = None
        failure: Failure | None = None
        ended = False
        try:
            destination = parse_target(request.url)
            wire = _laid_out(destination, request)
            with self._deadlines.within(timeout):
                answer = await self._transport.send(destination, wire, progress)
                ended = await answer.read(body, BODY_LIMIT)
        except TimeoutError:
            missing = progress.missing(parse_target(request.url).host)
            failure = Failure(ErrorKind.TIMEOUT, f"{missing} in {timeout:g} s")
        except WireError as error:
            failure = error.failure
        except Exception as error:  # noqa: BLE001  # one attempt must not take the others down
            failure = defect(error)
        if answer is not None and not _FIRST_SUCCESS <= answer.head.code <= _LAST_SUCCESS:
            # The status says more than what may have happened to the body after it.
            failure = Failure(ErrorKind.HTTP, _status_words(answer.head))
        return Outcome(
            started_ms=started_ms,
            duration_ms=round((time.perf_counter() - started) * 1000),
            failure=failure,
            response=None if answer is None else _response(answer.head, body, ended=ended),
            phases=progress.phases(),
        )

    async def close(self) -> None:
        """Close every connection. Attempts still on the wire fail: cancel them before."""
        await self._transport.aclose()


def _laid_out(destination: Target, request: OutgoingRequest) -> bytes:
    """The request as it goes on the wire, nothing added to it later (rules.md §3)."""
    head = (
        b"POST %b HTTP/1.1\r\nHost: %b\r\n%bAccept-Encoding: identity\r\nContent-Length: %d\r\n"
        % (destination.target, destination.authority, request.lines.encode(), len(request.body))
    )
    check_head(head, lines=4 + request.count)
    return b"%b\r\n%b" % (head, request.body)


def _response(head: RawResponseMessage, body: bytearray, *, ended: bool) -> Response:
    """An answer as far as it came."""
    return Response(
        status=head.code,
        reason=_reason(head.reason),
        headers=_header_texts(head),
        body=bytes(body[:BODY_LIMIT]),
        truncated=not ended or len(body) > BODY_LIMIT,
    )


def _status_words(head: RawResponseMessage) -> str:
    """The status of an answer that is no success, for people."""
    status = head.code
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        # The receiver's own words, which may be anything: shortened, and printable only.
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
    """Header text of a receiver, which may be in any encoding: UTF-8, else byte for byte."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
