"""Sends events to the daemon: one by one, or in batches of the available lines."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from corgea_tui.client import calls
from corgea_tui.client.errors import BUSY, Refused
from corgea_tui.client.lean_client import LeanClient
from daemon.protocol import Accepted, Problem, RefusedLine

BATCH_LINES = 500
BATCH_BYTES = 4 * 1024 * 1024
"""Far below the limits of the API (10,000 lines, 16 MiB), so that answers come soon."""
BUSY_ROUNDS = 60
BUSY_SECONDS = 1.0

STILL_BUSY = Problem("Busy", 503, "the daemon is still too busy to accept events; try again later")


@dataclass(frozen=True)
class Line:
    """An event to send, and the number of its line."""

    number: int
    text: bytes


@dataclass(frozen=True)
class SentEvent:
    """The answer to a line: accepted, or a problem."""

    line: Line
    raw: bytes
    accepted: Accepted | None
    problem: Problem | None


def send_one(
    client: LeanClient, line: Line, pause: Callable[[float], None] = time.sleep
) -> SentEvent:
    """Send one event; raises `Refused` with all its errors."""
    for _ in range(BUSY_ROUNDS):
        try:
            raw = client.send_raw(calls.emit(line.text))
        except Refused as refused:
            if refused.status not in BUSY:
                raise
            pause(refused.retry_after or BUSY_SECONDS)
        else:
            return SentEvent(line, raw, msgspec.json.decode(raw, type=Accepted), None)
    raise Refused(STILL_BUSY)


def send_batch(
    client: LeanClient, lines: list[Line], pause: Callable[[float], None] = time.sleep
) -> list[SentEvent]:
    """Send `lines` in one call, in order; lines that a busy daemon refuses are sent again."""
    done: dict[int, SentEvent] = {}
    waiting = lines
    for _ in range(BUSY_ROUNDS):
        try:
            answers = _post(client, waiting)
        except Refused as refused:
            if refused.status not in BUSY:
                raise
            pause(refused.retry_after or BUSY_SECONDS)
            continue
        done.update({sent.line.number: sent for sent in answers})
        waiting = [sent.line for sent in answers if sent.problem and sent.problem.status in BUSY]
        if not waiting:
            break
        pause(BUSY_SECONDS)
    else:
        if not done:
            raise Refused(STILL_BUSY)
    return [done[line.number] for line in lines if line.number in done]


def batches(lines: Iterable[bytes]) -> Iterator[list[Line]]:
    """Batches of the available lines, without blank lines.

    A thread reads `lines`, so that each line is sent as soon as it arrives.
    """
    inlet: queue.Queue[Line | BaseException | None] = queue.Queue(maxsize=4 * BATCH_LINES)
    threading.Thread(target=_read, args=(lines, inlet), daemon=True).start()
    ended = False
    while not ended:
        item = inlet.get()
        batch, size = [], 0
        while isinstance(item, Line):
            batch.append(item)
            size += len(item.text)
            if len(batch) >= BATCH_LINES or size >= BATCH_BYTES or inlet.empty():
                break
            item = inlet.get()
        if batch:
            yield batch
        if isinstance(item, BaseException):
            raise item
        ended = item is None


def _read(lines: Iterable[bytes], inlet: "queue.Queue[Line | BaseException | None]") -> None:
    try:
        for number, text in enumerate(lines, start=1):
            if text.strip():
                inlet.put(Line(number, text.strip(b"\r\n")))
    except Exception as error:  # noqa: BLE001  # passed on and raised by `batches`
        inlet.put(error)
    inlet.put(None)


def _post(client: LeanClient, lines: list[Line]) -> list[SentEvent]:
    body = b"\n".join(line.text for line in lines) + b"\n"
    answers = client.send_raw(calls.emit_lines(body)).splitlines()
    return [_sent(line, raw) for line, raw in zip(lines, answers, strict=False)]


def _sent(line: Line, raw: bytes) -> SentEvent:
    try:
        return SentEvent(line, raw, msgspec.json.decode(raw, type=Accepted), None)
    except msgspec.ValidationError:
        refused = msgspec.json.decode(raw, type=RefusedLine)
        mended = msgspec.json.encode(RefusedLine(line.number, refused.error))
        return SentEvent(line, mended, None, refused.error)
