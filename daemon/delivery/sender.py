"""One attempt of a delivery: a request out, an Outcome back, whatever the receiver does."""

import time
from http import HTTPStatus

from aiohttp.http import RawResponseMessage

from daemon.delivery.deadline import Deadlines
from daemon.delivery.destination import Destination, parse_destination
from daemon.delivery.errors import WireError, defect
from daemon.delivery.exchange import Answer
from daemon.delivery.network import NetworkPolicy
from daemon.delivery.progress import Progress
from daemon.delivery.resolver import Lookup, system_lookup
from daemon.delivery.transport import WireTransport, check_head
from daemon.domain.outcome import BODY_LIMIT, ErrorKind, Failure, Outcome, Response
from daemon.domain.request import OutgoingRequest

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

        Success is 2xx with the body ended, or read up to BODY_LIMIT (spec.md §3). Whatever else
        happens is a failure in the outcome; the one thing raised is CancelledError, from outside.
        """
        started_ms = time.time_ns() // 1_000_000
        started = time.perf_counter()
        attempt = _Attempt(request)
        failure = await attempt.run(self._transport, self._deadlines, timeout)
        return Outcome(
            started_ms=started_ms,
            duration_ms=round((time.perf_counter() - started) * 1000),
            failure=failure,
            response=attempt.response(),
            phases=attempt.progress.phases(),
        )

    async def close(self) -> None:
        """Close every connection. Attempts still on the wire fail: cancel them before."""
        await self._transport.aclose()


class _Attempt:
    """One exchange in the making: run it, then ask what it came to."""

    __slots__ = ("_answer", "_body", "_complete", "_request", "progress")

    def __init__(self, request: OutgoingRequest) -> None:
        self.progress = Progress()
        self._request = request
        self._answer: Answer | None = None
        self._body = bytearray()
        self._complete = False

    async def run(
        self, transport: WireTransport, deadlines: Deadlines, seconds: float
    ) -> Failure | None:
        """Send and read within `seconds`; why it failed, None when the receiver took it.

        Of the body, what is beyond the limit is cut off and not drained.
        """
        trouble = None
        try:
            destination = parse_destination(self._request.url)
            request = _laid_out(destination, self._request)
            with deadlines.within(seconds):
                answer = self._answer = await transport.send(destination, request, self.progress)
                self._complete = await answer.read(self._body, BODY_LIMIT)
        except TimeoutError:
            missing = self.progress.missing(parse_destination(self._request.url).host)
            trouble = Failure(ErrorKind.TIMEOUT, f"{missing} in {seconds:g} s")
        except WireError as error:
            trouble = error.failure
        except Exception as error:  # noqa: BLE001  # one attempt must not take the dispatcher down
            trouble = defect(error)
        if self._answer is not None and not _is_success(self._answer.head.code):
            # The status says more than what may have happened to the body after it.
            return Failure(ErrorKind.HTTP, _status_words(self._answer.head))
        return trouble

    def response(self) -> Response | None:
        """The answer as far as it came, None before its head was complete."""
        if self._answer is None:
            return None
        head = self._answer.head
        return Response(
            status=head.code,
            reason=_reason(head),
            headers=_header_texts(head),
            body=bytes(self._body[:BODY_LIMIT]),
            truncated=not self._complete or len(self._body) > BODY_LIMIT,
        )


def _laid_out(destination: Destination, request: OutgoingRequest) -> bytes:
    """The request as it goes on the wire, nothing added to it later (spec.md §3)."""
    head = (
        b"POST %b HTTP/1.1\r\nHost: %b\r\n%bAccept-Encoding: identity\r\nContent-Length: %d\r\n"
        % (destination.target, destination.authority, request.lines.encode(), len(request.body))
    )
    check_head(head, lines=4 + request.count)
    return b"%b\r\n%b" % (head, request.body)


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  # 2xx


def _status_words(head: RawResponseMessage) -> str:
    """The status of an answer that is no success, for people."""
    status = head.code
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        # The receiver's own words, which may be anything: shortened, and printable only.
        said = _reason(head)[:_REASON_LIMIT]
        phrase = "".join(letter for letter in said if letter.isprintable())
    words = f"{status} {phrase}".rstrip()
    return f"{words}: redirects are never followed" if status in _REDIRECTS else words


def _reason(head: RawResponseMessage) -> str:
    return _text((head.reason or "").encode("utf-8", "surrogateescape"))


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
