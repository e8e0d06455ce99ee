"""`Call`: a request as its handler sees it, with the services that answer it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from daemon.api import problems
from daemon.api.access import AccessControl
from daemon.api.connection import ARRIVAL, ServerConnection
from daemon.api.endpoint import Endpoint
from daemon.api.health import Pulse
from daemon.api.parts import Parts
from daemon.api.quotas import BodyBudget
from daemon.domain.problems import printable
from daemon.protocol import FieldProblem, Problem
from daemon.protocol.caller import Caller
from daemon.protocol.refusal import Refusal, invalid

T = TypeVar("T")

FORM_BYTES = 2 * 1024 * 1024
"""The most bytes of a body other than events; the largest webhook form is far smaller."""

_encode = msgspec.json.Encoder().encode


class Call:
    """One request. `arguments` are the path's variables, `query` the query parameters.

    `access` gives peers their roles, `connections` lists those of both sockets, `pulse` counts
    changes of the daemon's own figures, and `body_budget` bounds the memory for bodies.
    """

    def __init__(
        self,
        request: web.BaseRequest,
        connection: ServerConnection,
        parts: Parts,
        caller: Caller,
        endpoint: Endpoint,
        arguments: Mapping[str, str],
        access: AccessControl,
        connections: Callable[[], list[ServerConnection]],
        pulse: Pulse,
        body_budget: BodyBudget,
    ) -> None:
        self.request = request
        self.connection = connection
        self.parts = parts
        self.caller = caller
        self.endpoint = endpoint
        self.arguments = arguments
        self.access = access
        self.connections = connections
        self.pulse = pulse
        self.body_budget = body_budget
        self._body_size = 0

    async def still_permitted(self) -> bool:
        """Whether the caller still has its role; streamed answers check it from time to time."""
        try:
            now = await self.access.caller(self.connection.peer)
        except Refusal:
            return False
        return now.role == self.caller.role

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The query parameters; Refusal (422) for an unknown one, or one that comes twice."""
        given = self.request.query
        known = {parameter.name for parameter in self.endpoint.parameters}
        errors = []
        for name in dict.fromkeys(given):
            if name not in known:
                names = ", ".join(sorted(known))
                allowed = f"its parameters are {names}" if names else "it has no parameters"
                message = f"is not a parameter of this call; {allowed}"
                errors.append(FieldProblem(printable(name), message))
            elif len(given.getall(name)) > 1:
                errors.append(FieldProblem(name, "is given more than once; give it once"))
        if errors:
            raise problems.bad_parameters(errors)
        return dict(given)

    async def body(self, limit: int, too_large: str) -> bytes:
        """The request's body; Refusal (413) with `too_large` as detail when it is over `limit`."""
        request = self.request
        if (request.content_length or 0) > limit:
            raise problems.too_large(too_large)
        if request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _no_encoding()
        content = request.content
        if content.is_eof():
            body = content.read_nowait()
            self._count(len(body), limit, too_large)
            return body
        await _send_continue(request)
        parts = []
        try:
            async with asyncio.timeout_at(self.connection.deadline):
                while chunk := await content.readany():
                    parts.append(chunk)
                    self._count(len(chunk), limit, too_large)
        except TimeoutError:
            raise Refusal(problems.too_slow(ARRIVAL)) from None
        except web.RequestPayloadError as error:
            raise problems.bad_request(
                f"the body is not framed as HTTP requires: {error}"
            ) from error
        return b"".join(parts)

    def _count(self, size: int, limit: int, too_large: str) -> None:
        self.body_budget.reserve(size)
        self._body_size += size
        if self._body_size > limit:
            raise problems.too_large(too_large)

    def close(self) -> None:
        """Release the body's memory, once the call is answered."""
        self.body_budget.release(self._body_size)
        self._body_size = 0

    async def form(self) -> dict[str, Any]:
        """The body as a JSON object of any shape; an empty body is an empty object."""
        value: Any = _decode(await self._small_body(), object)
        if not isinstance(value, dict):
            raise invalid([FieldProblem("", "must be a JSON object")])
        return value

    async def struct(self, kind: type[T]) -> T:
        """The body as a struct; an empty body is an empty object."""
        return _decode(await self._small_body(), kind)

    async def no_body(self) -> None:
        """Accept an empty body or an empty object; Refusal (422) for any other."""
        if await self.form():
            raise invalid([FieldProblem("", "must be empty: this call has no arguments")])

    async def _small_body(self) -> bytes:
        body = await self.body(FORM_BYTES, f"the body may have at most {FORM_BYTES} bytes")
        return body if body.strip() else b"{}"


def json_answer(value: Any, status: int = 200) -> web.Response:
    """An answer in JSON."""
    return web.Response(status=status, body=_encode(value), content_type="application/json")


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        body.decode()
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise invalid([_field_problem(str(error))]) from error
    except UnicodeDecodeError as error:
        raise problems.bad_request(f"not UTF-8: byte {error.start}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise problems.bad_request(f"not JSON: {error}") from error


def _field_problem(message: str) -> FieldProblem:
    """Split a message of msgspec, e.g. "Expected `int`, got `str` - at `$.limit`"."""
    complaint, _, path = message.partition(" - at `$")
    return FieldProblem(path.strip("`.").replace("[", ".").replace("]", ""), complaint)


def _no_encoding() -> Refusal:
    return Refusal(
        Problem(
            "Unsupported encoding",
            415,
            "the body has a Content-Encoding; send it uncompressed",
        )
    )


async def _send_continue(request: web.BaseRequest) -> None:
    """Answer `Expect: 100-continue`, with which curl asks before it sends a large body."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the final answer has not begun
