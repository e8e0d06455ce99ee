"""Large stores, made by the daemon's own units of work and not by rows of our own.

Events are accepted and their outcomes recorded as the daemon would, only that nothing is sent, and
that time passes faster. What is larger than `UNITS` is the same again and again.
"""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome, Phases, Response
from daemon.domain.events.catalogue import EventLimits
from daemon.domain.events.event import SubmittedEvent, parse_event
from daemon.domain.webhooks.config import WebhookConfig
from daemon.protocol.caller import Caller
from daemon.protocol.paths import Paths
from daemon.runtime.service import open_store
from daemon.store.commands.accept import AcceptEvents
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.commands.webhooks import SaveWebhook
from daemon.store.facts import Fact, Waiting
from daemon.store.records import QueuedDelivery
from daemon.store.transaction import MINUTE
from daemon.store.writer import Writer
from daemon.util.clock import SystemClock
from tests.bench import work
from tests.bench.copies import multiply
from tests.bench.house import SECRET

OWNER = "in_bench"
AT_ONCE = 1_000
UNITS = 100_000
"""Deliveries that units make; more are copies of these."""
APART_MS = 1_200
"""Milliseconds from one batch to the next: whole minutes for `UNITS`."""
FAILS = 50
"""One delivery of so many fails."""

_BY = Caller("bench", 0, 1, "admin")
_ANSWER = Response(200, "OK", (("Server", "nginx"), ("Content-Length", "2")), b"ok", False)
_NO = Response(500, "Internal Server Error", (("Server", "nginx"),), b"no", False)


def fill(home: Path, url: str, deliveries: int, webhooks: int, *, waiting: bool = False) -> None:
    """A store with so many deliveries, spread over the webhooks; all `waiting`, or all over.

    More than `UNITS` must be a multiple of it.
    """
    times, rest = divmod(deliveries, UNITS)
    if times > 1 and rest:
        raise ValueError(f"{deliveries} is no multiple of {UNITS}")
    first = min(deliveries, UNITS)
    span = UNITS // AT_ONCE * APART_MS
    began = SystemClock().now_ms() // MINUTE * MINUTE - max(times, 1) * span
    asyncio.run(_Filling(waiting, began).run(home, url, first, webhooks))
    if times > 1:
        paths = Paths.resolve({"CORGEA_HOME": str(home)})
        multiply(paths.database, times, UNITS, span)


class _Filling:
    def __init__(self, waiting: bool, now_ms: int) -> None:  # noqa: FBT001  # handed on
        self._waiting = waiting
        self._now_ms = now_ms
        self._batch: list[QueuedDelivery] = []

    async def run(self, home: Path, url: str, deliveries: int, webhooks: int) -> None:
        paths = Paths.resolve({"CORGEA_HOME": str(home)})
        paths.make()
        db, cipher = open_store(paths)
        writer = Writer(db, cipher, on_facts=self._take, on_failure=_fail)
        writer.start()
        try:
            await self._fill(writer, url, deliveries, webhooks)
        finally:
            await writer.close()
            db.close()

    async def _fill(self, writer: Writer, url: str, deliveries: int, webhooks: int) -> None:
        for number in range(webhooks):
            config = WebhookConfig(
                f"webhook {number}",
                f"{url}/{number}",
                (work.EVENT_TYPE,),
                projects=(work.project(number),),
                secret=SECRET,
            )
            await writer.submit(SaveWebhook(config, _BY, self._now_ms))
        for batch in _batches(deliveries, webhooks):
            await writer.submit(self._accept(batch))
            if not self._waiting:
                await writer.submit(self._outcomes())
            self._now_ms += APART_MS

    def _accept(self, batch: list[SubmittedEvent]) -> AcceptEvents:
        return AcceptEvents(
            batch,
            owner=OWNER,
            now_ms=self._now_ms,
            take=lambda _: not self._waiting,
            give=lambda _: None,
        )

    def _take(self, facts: list[Fact]) -> None:
        if not self._waiting:
            self._batch += [fact.queued for fact in facts if isinstance(fact, Waiting)]

    def _outcomes(self) -> RecordOutcomes:
        batch, self._batch = self._batch, []
        now = self._now_ms
        landed = [
            AttemptResult(queued, _outcome(queued.record.row, now), 1, None) for queued in batch
        ]
        return RecordOutcomes(OWNER, landed, now)


def _outcome(row: int, now_ms: int) -> Outcome:
    phases = Phases(first_byte=row % 90)
    if row % FAILS:
        return Outcome(now_ms, row % 100, response=_ANSWER, phases=phases)
    # What cannot be made is not tried again, so that one attempt ends it.
    failure = Failure(ErrorKind.TEMPLATE, "500 Internal Server Error")
    return Outcome(now_ms, row % 100, failure, _NO, phases)


def _batches(deliveries: int, webhooks: int) -> Iterator[list[SubmittedEvent]]:
    limits = EventLimits()
    each = [
        parse_event(work.event(work.project(number)), limits=limits, known_types={work.EVENT_TYPE})
        for number in range(webhooks)
    ]
    events = itertools.islice(itertools.cycle(each), deliveries)
    while batch := list(itertools.islice(events, AT_ONCE)):
        yield batch


def _fail(error: Exception) -> None:
    raise error
