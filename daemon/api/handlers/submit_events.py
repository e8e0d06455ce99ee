"""`POST /v1/events`: one event as a JSON value, or many as NDJSON (interfaces.md).

This is a hot path. An NDJSON body is read completely before any event of it is accepted, so that a
body over the limits changes nothing. Then it is parsed and accepted in batches: one batch is parsed
while those before it are written to the disk.
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
from daemon.services.refusals import refusal_of
from daemon.store.errors import EventConflict, StoreError
from daemon.util.tasks import Tasks

NDJSON = "application/x-ndjson"
NDJSON_BYTES = 16 * 1024 * 1024
NDJSON_LINES = 10_000
BATCH = 100
"""Lines that go to the writer together."""
AHEAD = 3
"""Batches that may wait for their commit while the next is parsed."""

_LINE = re.compile(rb"\s*+([^\n]++)")
"""A line that is not blank, with the blank characters before it."""

_Parsed = SubmittedEvent | Problem
_Result = Accepted | Problem
T = TypeVar("T")

_encode_lines = msgspec.json.Encoder().encode_lines


async def submit_events(call: Call) -> web.StreamResponse:
    """Accept one event, or many."""
    content_type = call.request.headers.get("Content-Type", "")
    if content_type.partition(";")[0].strip().lower() == NDJSON:
        return await _submit_many(call)
    return await _submit_one(call)


async def _submit_one(call: Call) -> web.Response:
    limits = _limits(call)
    raw = await call.body(limits.max_bytes, _too_large_event(limits))
    event = _parse(raw, limits, call.parts.catalogue.names())
    if isinstance(event, Problem):
        raise Refusal(event)
    (result,) = await call.parts.intake.accept([event])
    if isinstance(result, EventConflict):
        raise result
    return json_answer(result, 202)


async def _submit_many(call: Call) -> web.Response:
    body = await call.body(
        NDJSON_BYTES,
        f"a request may have at most {NDJSON_BYTES:,} bytes of NDJSON; send fewer events at once",
    )
    lines = list(islice(_numbered_lines(body), NDJSON_LINES + 1))
    del body
    if len(lines) > NDJSON_LINES:
        raise problems.too_large(
            f"a request may have at most {NDJSON_LINES:,} lines; send fewer at once"
        )
    results = await _accept_all(call, lines)
    answers = [
        RefusedLine(number, result) if isinstance(result, Problem) else result
        for (number, _), result in zip(lines, results, strict=True)
    ]
    return web.Response(body=_encode_lines(answers), content_type=NDJSON)


def _numbered_lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1; blank lines count.

    A blank line costs no object: a body of 16 MiB may hold 16 million of them.
    """
    number, at = 1, 0
    # Without blanks at the end, every search of the pattern finds a line.
    for match in _LINE.finditer(body.rstrip()):
        number += body.count(b"\n", at, at := match.start(1))
        yield number, match[1]


async def _accept_all(call: Call, lines: Sequence[tuple[int, bytes]]) -> list[_Result]:
    """The result of each line, in order. Refusal when no line could be accepted."""
    limits, known = _limits(call), call.parts.catalogue.names()
    results: list[_Result] = []
    refusals: list[Refusal] = []
    accepting: deque[asyncio.Task[list[_Result]]] = deque()
    tasks = Tasks()
    try:
        for batch in _batches(lines, BATCH):
            parsed = [_parse(line, limits, known) for _, line in batch]
            accepting.append(tasks.spawn(_accept(call, parsed, refusals), "accept"))
            # Other tasks of the loop get a turn between batches.
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


async def _accept(call: Call, parsed: Sequence[_Parsed], refusals: list[Refusal]) -> list[_Result]:
    valid = [event for event in parsed if not isinstance(event, Problem)]
    answers: list[_Result]
    try:
        results = await call.parts.intake.accept(valid) if valid else []
    except (Refusal, StoreError) as error:
        refusal = error if isinstance(error, Refusal) else refusal_of(error)
        refusals.append(refusal)
        answers = [refusal.problem] * len(valid)
    else:
        answers = [
            refusal_of(each).problem if isinstance(each, EventConflict) else each
            for each in results
        ]
    answer = iter(answers)
    return [each if isinstance(each, Problem) else next(answer) for each in parsed]


def _parse(raw: bytes, limits: EventLimits, known: Collection[str]) -> _Parsed:
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
        " send less data, or raise the setting"
    )


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/events",
        "producer",
        submit_events,
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
        body_types=("application/json", NDJSON),
    ),
)
