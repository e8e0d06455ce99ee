"""Failures of an exchange, in the product's own kinds and words, derived from their cause.

A library's message is never passed on: it may quote a URL, and a URL may be a secret.
"""

import errno
import logging
import os
import socket
import traceback

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong

from daemon.delivery.http.timings import AttemptTimings
from daemon.delivery.http.tls import is_tls_error, words_for
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
    """An address that the address policy refuses; the reason is the message."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, reason)


def while_connecting(error: Exception, host: str, timings: AttemptTimings) -> WireError:
    """What an `error` before the request was sent to `host` means."""
    cause = _cause(error)
    if timings.blocked is not None and not timings.on_new_connection:
        # aiohttp raises the error of the last address; that all were blocked is the reason.
        return WireError(ErrorKind.BLOCKED, timings.blocked)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return WireError(ErrorKind.PROTOCOL, f"the proxy does not connect: {error.status}")
    if is_tls_error(cause):
        return WireError(ErrorKind.TLS, words_for(cause, host))
    if isinstance(cause, ConnectionError) and timings.handshake_at is not None:
        return _handshake_cut(cause, host)
    if isinstance(cause, OSError):
        return _not_connected(error, cause, host)
    return unforeseen(error)


def while_waiting(error: Exception, *, heard: bool) -> WireError:
    """What an `error` after the request and before the answer's last header means.

    `heard`: whether a byte of the answer had arrived.
    """
    cause = _cause(error)
    if is_tls_error(cause):
        return WireError(ErrorKind.TLS, words_for(cause, "the receiver"))
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return _cut() if heard else unanswered()
    if isinstance(cause, OSError):
        return answer_reset() if heard else _reset_unanswered()
    if isinstance(cause, LineTooLong):
        return WireError(ErrorKind.PROTOCOL, "the answer has a line that is too long")
    return WireError(ErrorKind.PROTOCOL, "what came back is not an HTTP/1.1 answer")


def while_reading(connection: BaseException | None) -> WireError:
    """Why a body broke off; `connection` is the exception that ended the connection, if one did."""
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
    """An error that this file does not know: a defect of the daemon or of a library."""
    return WireError(ErrorKind.PROTOCOL, f"unexpected {type(error).__name__}")


def defect(error: Exception) -> Failure:
    """Log an error that no code expects; returns the failure for its attempt."""
    # Neither the error's text nor a traceback: a library may quote the URL, which may be a secret.
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
    if cause.errno is None:  # asyncio raises a bare one where the peer simply closed
        return WireError(ErrorKind.CLOSED, f"{host} closed the connection in the TLS handshake")
    return WireError(ErrorKind.RESET, f"{host} reset the connection in the TLS handshake")


def _cause(error: BaseException) -> BaseException:
    """The exception under aiohttp's own ones."""
    while isinstance(error, aiohttp.ClientError | HttpProcessingError):
        if error.__cause__ is None:
            break
        error = error.__cause__
    return error


def _reason(cause: BaseException) -> str:
    """The system's words for `cause`; never a library's, which may quote anything."""
    if isinstance(cause, socket.gaierror):
        return cause.strerror or "the name server failed"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno)
    return type(cause).__name__
