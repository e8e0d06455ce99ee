"""Failures of an exchange: their kinds and messages, derived from their causes.

The message of a library is never used: it may quote a URL, and a URL may be a secret.
"""

import errno
import logging
import os
import socket
import traceback

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from daemon.delivery.http.timings import AttemptTimings
from daemon.delivery.http.tls import is_tls_error, tls_message
from daemon.domain.deliveries.outcome import ErrorKind, Failure

log = logging.getLogger(__name__)


class WireError(Exception):
    """An exchange failed: `failure` has its kind and a message for people."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(kind, message)


class UnansweredError(WireError):
    """The receiver closed the connection before the first byte of an answer."""


class AddressBlockedError(PermissionError):
    """The address policy refuses an address; the message is the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)


def while_connecting(error: Exception, host: str, timings: AttemptTimings) -> WireError:
    """The failure for an `error` before the request was sent to `host`."""
    cause = _cause(error)
    if timings.blocked is not None and not timings.on_new_connection:
        # aiohttp raises the error of the last address; the reason is that all were blocked.
        return WireError(ErrorKind.BLOCKED, timings.blocked)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return WireError(ErrorKind.PROTOCOL, f"the proxy does not connect: {error.status}")
    if is_tls_error(cause):
        return WireError(ErrorKind.TLS, tls_message(cause, host))
    if isinstance(cause, ConnectionError) and timings.handshake_at is not None:
        return _handshake_cut(cause, host)
    if isinstance(cause, OSError):
        return _not_connected(error, cause, host)
    return unforeseen(error)


def while_waiting(error: Exception, *, answer_began: bool) -> WireError:
    """The failure for an `error` after the request and before the answer's last header.

    `answer_began`: whether a byte of the answer had arrived.
    """
    cause = _cause(error)
    if is_tls_error(cause):
        return WireError(ErrorKind.TLS, tls_message(cause, "the receiver"))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return _cut() if answer_began else unanswered()
    if isinstance(cause, OSError):
        return answer_reset() if answer_began else _reset_unanswered()
    if isinstance(cause, LineTooLong):
        return WireError(ErrorKind.PROTOCOL, "the answer has a line that is too long")
    return WireError(ErrorKind.PROTOCOL, "the answer is not valid HTTP/1.1")


def while_reading(connection: BaseException | None) -> WireError:
    """The failure for an incomplete body; `connection` is the connection's exception, or None."""
    if isinstance(connection, aiohttp.ClientOSError):
        return answer_reset()
    if isinstance(connection, aiohttp.ServerDisconnectedError):
        return _cut()
    return WireError(ErrorKind.PROTOCOL, "the body of the answer is not valid HTTP/1.1")


def unanswered() -> UnansweredError:
    """The connection was closed before an answer began."""
    return UnansweredError(ErrorKind.CLOSED, "the receiver closed the connection unanswered")


def answer_reset() -> WireError:
    """The connection was reset in the middle of an answer."""
    return WireError(ErrorKind.RESET, "the receiver reset the connection in its answer")


def unforeseen(error: Exception) -> WireError:
    """The failure for any other error: a defect of the daemon or of a library."""
    return WireError(ErrorKind.PROTOCOL, f"unexpected {type(error).__name__}")


def defect(error: Exception) -> Failure:
    """Log an unexpected error; returns the failure for its attempt."""
    # No text of the error and no traceback: a library may quote the URL, which may be a secret.
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("unexpected %s at %s:%s", type(error).__name__, frame.filename, frame.lineno)
    return unforeseen(error).failure


def _reset_unanswered() -> UnansweredError:
    return UnansweredError(ErrorKind.RESET, "the receiver reset the connection unanswered")


def _cut() -> WireError:
    return WireError(ErrorKind.CLOSED, "the receiver closed the connection in its answer")


def _not_connected(error: Exception, cause: OSError, host: str) -> WireError:
    reason = _reason(cause)
    if isinstance(error, aiohttp.ClientConnectorDNSError):  # its host may be the proxy's
        return WireError(ErrorKind.DNS, f"cannot look up {error.host}: {reason}")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return WireError(ErrorKind.REFUSED, f"cannot connect to the proxy: {reason}")
    if isinstance(cause, ConnectionResetError):
        return WireError(ErrorKind.RESET, f"{host} reset the connection")
    if isinstance(cause, TimeoutError):
        return WireError(ErrorKind.TIMEOUT, f"no connection to {host}: {reason}")
    # The reason comes first: a narrow column displays only the beginning.
    return WireError(ErrorKind.REFUSED, f"{reason.lower()}: cannot connect to {host}")


def _handshake_cut(cause: ConnectionError, host: str) -> WireError:
    if isinstance(cause, ConnectionAbortedError):  # asyncio's own limit of 60 s
        return WireError(ErrorKind.TIMEOUT, f"no TLS handshake with {host}")
    if cause.errno is None:  # asyncio raises it without a number when the peer closed
        return WireError(ErrorKind.CLOSED, f"{host} closed the connection in the TLS handshake")
    return WireError(ErrorKind.RESET, f"{host} reset the connection in the TLS handshake")


def _cause(error: BaseException) -> BaseException:
    """The exception behind those of aiohttp."""
    while isinstance(error, aiohttp.ClientError | HttpProcessingError):
        if error.__cause__ is None:
            break
        error = error.__cause__
    return error


def _reason(cause: BaseException) -> str:
    """The system's message for `cause`; never a library's, which may quote a secret."""
    if isinstance(cause, socket.gaierror):
        return cause.strerror or "the name server failed"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return type(cause).__name__
