"""Errors as answers: `application/problem+json` (RFC 9457)."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from aiohttp import web

from daemon.protocol import FieldProblem, Problem
from daemon.protocol.refusal import Refusal

CONTENT_TYPE = "application/problem+json"

_encode = msgspec.json.Encoder().encode


def answer(problem: Problem, *, retry_after: int | None = None) -> web.Response:
    """The answer with `problem`. A 503 always has Retry-After."""
    response = web.Response(
        status=problem.status,
        reason=phrase(problem.status),
        body=_encode(problem),
        content_type=CONTENT_TYPE,
    )
    if retry_after is None and problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after = 1
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def bytes_of(problem: Problem) -> bytes:
    """The answer as bytes, for a connection that is closed before a request was read."""
    body = _encode(problem)
    head = (
        f"HTTP/1.1 {problem.status} {phrase(problem.status)}\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


def phrase(status: int) -> str:
    """The reason phrase of a status."""
    return HTTPStatus(status).phrase


def bad_request(detail: str) -> Refusal:
    """400: the request is not valid HTTP, JSON or UTF-8."""
    return Refusal(Problem("Bad request", 400, detail))


def forbidden(detail: str) -> Refusal:
    """403: the caller's role does not allow it."""
    return Refusal(Problem("Not permitted", 403, detail))


def too_large(detail: str) -> Refusal:
    """413: nothing was accepted."""
    return Refusal(Problem("Too large", 413, detail))


def too_slow(seconds: float) -> Problem:
    """408: the request did not arrive in time."""
    return Problem(
        "Request timeout",
        408,
        f"the headers and body of a request must arrive within {seconds:g} seconds",
    )


def over_quota(detail: str) -> Refusal:
    """429: the user has reached its quota for now."""
    return Refusal(Problem("Too many requests", 429, detail), retry_after=1)


def bad_parameters(errors: Sequence[FieldProblem]) -> Refusal:
    """422: wrong query parameters, all errors at once."""
    return Refusal(Problem("Invalid parameters", 422, "", tuple(errors)))


def internal() -> Problem:
    """500: without details, which are in the log."""
    return Problem(
        "Internal error", 500, "this is a fault in the daemon; its log says more, please report it"
    )
