"""HTTP/1.1 over a connected socket: the part that the daemon's API uses.

A command may take ten times as long as `python -c pass` to start. The standard `http.client` takes
a third of that: it imports `ssl` and `email`, which a Unix socket does not need. A connection sends
one request at a time; a body is counted, chunked, or ends with the connection.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BufferedReader

HEAD_LIMIT = 64 * 1024
"""The most bytes of a line and of the head of an answer."""
CHUNK = 64 * 1024
"""The most bytes of one read."""


class BadAnswer(Exception):
    """The answer is not HTTP, or ended before it was complete."""


class ResponseTimeout(BadAnswer):
    """No byte came within the time limit."""


class _Source:
    """The receiving side of a socket; it raises only `BadAnswer`."""

    def __init__(self, sock: socket.socket) -> None:
        self._reader = BufferedReader(socket.SocketIO(sock, "r"), CHUNK)

    def close(self) -> None:
        self._reader.close()

    def piece(self, limit: int) -> bytes:
        """The available bytes, at most `limit`; empty when the other side closed."""
        return self._try(lambda: self._reader.read1(limit))

    def line(self) -> str:
        """A line of a head, without its end."""
        line = self._try(lambda: self._reader.readline(HEAD_LIMIT))
        if not line.endswith(b"\n"):
            too_long = "the head of the answer is too long"
            raise BadAnswer(too_long if line else "the connection closed without an answer")
        return line.rstrip(b"\r\n").decode("latin-1")

    @staticmethod
    def _try(read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except TimeoutError as error:
            raise ResponseTimeout("no byte arrived in time") from error
        except OSError as error:
            raise BadAnswer(error.strerror or str(error)) from error


class HttpResponse:
    """An answer with its head; the body is read once, whole or piece by piece."""

    def __init__(self, source: _Source, set_timeout: Callable[[float | None], None]) -> None:
        """Read the head from `source`; raises `BadAnswer` when it is not HTTP.

        `set_timeout` sets the seconds that each further piece may take before `ResponseTimeout`.
        """
        self._source = source
        self.set_timeout = set_timeout
        self.status, self.headers = _head(source)
        self._chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        self._counted = "content-length" in self.headers
        self._left = _number(self.headers.get("content-length", "0"), 10)
        self._finished = self.status in {204, 304} or (self._counted and self._left == 0)

    @property
    def reusable(self) -> bool:
        """Whether the body is complete and the connection can be used again."""
        close = self.headers.get("connection", "").lower() == "close"
        return self._finished and not close and (self._chunked or self._counted)

    def pieces(self) -> Iterator[bytes]:
        """The body as it arrives; raises `BadAnswer` when it breaks off."""
        while not self._finished:
            piece = self._chunk() if self._chunked else self._run()
            if piece:
                yield piece

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.pieces())

    def lines(self) -> Iterator[bytes]:
        """The body line by line, without the line ends."""
        rest = b""
        for piece in self.pieces():
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
        if rest:
            yield rest

    def _run(self) -> bytes:
        if not self._counted:
            piece = self._source.piece(CHUNK)
            self._finished = not piece
            return piece
        piece = self._counted_piece()
        self._finished = self._left == 0
        return piece

    def _chunk(self) -> bytes:
        if self._left == 0:
            self._left = _number(self._source.line().partition(";")[0], 16)
        if self._left == 0:
            while self._source.line():  # trailers are ignored
                pass
            self._finished = True
            return b""
        piece = self._counted_piece()
        if self._left == 0:
            self._source.line()
        return piece

    def _counted_piece(self) -> bytes:
        piece = self._source.piece(min(CHUNK, self._left))
        if not piece:
            raise BadAnswer("the connection closed in the middle of an answer")
        self._left -= len(piece)
        return piece


class HttpConnection:
    """One connection, used for one request after the other."""

    def __init__(self, sock: socket.socket) -> None:
        """Take over `sock`: it is closed with this connection."""
        self._sock = sock
        self._source = _Source(sock)

    def request(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> HttpResponse:
        """Send a request and read the head of its answer; raises `OSError` or `BadAnswer`."""
        fields = {"Host": "corgea", **headers}
        if body or method in {"POST", "PUT"}:
            fields["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        with suppress(BrokenPipeError, ConnectionResetError):  # an early answer has the reason
            self._sock.sendall(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
        return HttpResponse(self._source, self.set_timeout)

    def set_timeout(self, seconds: float | None) -> None:
        """Wait at most `seconds` for each sent or read piece; None: no limit."""
        self._sock.settimeout(seconds)

    def close(self) -> None:
        """Close the socket. Safe to call twice."""
        self._source.close()
        self._sock.close()


def _head(source: _Source) -> tuple[int, dict[str, str]]:
    version, _, rest = source.line().partition(" ")
    if not version.startswith("HTTP/1."):
        raise BadAnswer("the program that listens there does not speak HTTP")
    headers: dict[str, str] = {}
    size = 0
    while line := source.line():
        size += len(line)
        if size > HEAD_LIMIT:
            raise BadAnswer("the head of the answer is too long")
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return _number(rest[:3], 10), headers


def _number(text: str, base: int) -> int:
    try:
        return int(text.strip(), base)
    except ValueError:
        raise BadAnswer(f"the answer has {text!r} where a number belongs") from None
