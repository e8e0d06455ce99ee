"""Events come in: one as a JSON value, many as NDJSON (interfaces.md, `POST /v1/events`).

This is the hot path. NDJSON is read whole before anything of it is accepted, so that a body over
the limits changes nothing; then it is parsed and handed over in batches, so that one batch is
parsed while those before it are on their way to the disk.
"""

import asyncio
import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec
from aiohttp import web

from daemon.api import problems
from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.domain.events.catalogue import EventLimits, InvalidEvent
from daemon.domain.events.event import SubmittedEvent, parse_event
from daemon.protocol import Accepted, FieldProblem, Problem, RefusedLine
from daemon.protocol.refusal import Refusal
from daemon.util.tasks import Tasks

NDJSON = "application/x-ndjson"
NDJSON_BYTES = 16 * 1024 * 1024
NDJSON_LINES = 10_000
BATCH = 100
"""Lines that go to the writer together."""
AHEAD = 3
"""Batches that may wait for their commit while the next is parsed."""

_LINE = re.compile(rb"\s*+([^\n]++)")
"""A line with something on it, and all that is blank before it."""

_Read = SubmittedEvent | Problem
_Result = Accepted | Problem
T = TypeVar("T")

_encode_lines = msgspec.json.Encoder().encode_lines


async def submit(call: Call) -> web.StreamResponse:
    """Take in one event, or many."""
    content_type = call.request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() == NDJSON:
        return await _submit_many(call)
    return await _submit_one(call)


async def _submit_one(call: Call) -> web.Response:
    limits = _limits(call)
    raw = await call.body(limits.max_bytes, _too_large_event(limits))
    event = _read(raw, limits, call.parts.catalogue.names())
    if isinstance(event, Problem):
        raise Refusal(event)
    (result,) = await call.parts.intake.accept([event])
    if isinstance(result, Problem):
        raise Refusal(result)
    return json_answer(result, 202)


async def _submit_many(call: Call) -> web.Response:
    body = await call.body(
        NDJSON_BYTES, f"at most {NDJSON_BYTES:,} bytes of NDJSON are taken at once; send less"
    )
    lines = list(islice(_numbered_lines(body), NDJSON_LINES + 1))
    del body
    if len(lines) > NDJSON_LINES:
        raise problems.too_large(f"at most {NDJSON_LINES:,} lines are taken at once; send fewer")
    results = await _accept_all(call, lines)
    answers = [
        RefusedLine(number, result) if isinstance(result, Problem) else result
        for (number, _), result in zip(lines, results, strict=True)
    ]
    return web.Response(body=_encode_lines(answers), content_type=NDJSON)


def _numbered_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines with something on them, numbered from 1 with those that have nothing.

    Without an object for each line: sixteen million bytes may be as many lines.
    """
    number, at = 1, 0
    # Without blanks at its end every search finds something, so none is made in vain.
    for match in _LINE.finditer(body.rstrip()):
        number += body.count(b"\n", at, at := match.start(1))
        yield number, match[1]


async def _accept_all(call: Call, lines: Sequence[tuple[int, bytes]]) -> list[_Result]:
    """What became of each line, in order. Refusal when nothing at all could be accepted."""
    limits, known = _limits(call), call.parts.catalogue.names()
    results: list[_Result] = []
    refusals: list[Refusal] = []
    accepting: deque[asyncio.Task[list[_Result]]] = deque()
    tasks = Tasks()
    try:
        for batch in _batches(lines, BATCH):
            read = [_read(line, limits, known) for _, line in batch]
            accepting.append(tasks.spawn(_accept(call, read, refusals), "accept"))
            # Whoever else waits for the loop gets a turn between batches.
            await asyncio.sleep(0)
            if len(accepting) == AHEAD:
                results += await accepting.popleft()
        while accepting:
            results += await accepting.popleft()
    finally:
        await tasks.close()
    if refusals and not any(isinstance(result, Accepted) for result in results):
        raise refusals[0]
    return results


async def _accept(call: Call, read: Sequence[_Read], refusals: list[Refusal]) -> list[_Result]:
    sound = [event for event in read if not isinstance(event, Problem)]
    try:
        accepted = iter(await call.parts.intake.accept(sound) if sound else [])
    except Refusal as refusal:
        refusals.append(refusal)
        accepted = iter([refusal.problem] * len(sound))
    return [each if isinstance(each, Problem) else next(accepted) for each in read]


def _read(raw: bytes, limits: EventLimits, known: Collection[str]) -> _Read:
    try:
        return parse_event(raw, limits=limits, known_types=known)
    except InvalidEvent as invalid:
        errors = tuple(FieldProblem(error.field, error.message) for error in invalid.errors)
        return Problem(invalid.title, invalid.status, "", errors)


def _limits(call: Call) -> EventLimits:
    return EventLimits(max_bytes=call.parts.settings().inbox.max_event_bytes)


def _too_large_event(limits: EventLimits) -> str:
    return (
        f"an event may have at most {limits.max_bytes:,} bytes ([inbox] max_event_bytes);"
        " nothing of this one was taken"
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


ROUTES = (
    Endpoint(
        "POST",
        "/v1/events",
        "producer",
        submit,
        "Submit one event, or many as application/x-ndjson",
        (
            ResponseSpec(202, "One event: accepted, on disk", Accepted),
            ResponseSpec(
                200,
                "NDJSON: a line for each line, in order",
                (Accepted, RefusedLine),
                NDJSON,
            ),
        ),
        body=dict,
        takes=("application/json", NDJSON),
    ),
)
