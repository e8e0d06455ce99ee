"""Large stores, made by the daemon's own write commands.

Events are accepted and their outcomes recorded as by the daemon, but nothing is sent, and time
passes faster. A million deliveries take the commands minutes, so a store of more than `MADE`
deliveries holds copies of the first `MADE`, with rows, ids, changes and times of their own, as if
the same had happened again right after.
"""

import asyncio
import itertools
import sqlite3
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
from tests.bench.daemon_process import SECRET

OWNER = "in_bench"
AT_ONCE = 1_000
MADE = 100_000
"""Deliveries that commands make; more are copies of these."""
APART_MS = 1_200
"""Milliseconds from one batch to the next: whole minutes for `MADE`."""
FAILS = 50
"""One delivery of so many fails."""

_BY = Caller("bench", 0, 1, "admin")
_ANSWER = Response(200, "OK", (("Server", "nginx"), ("Content-Length", "2")), b"ok", False)
_NO = Response(500, "Internal Server Error", (("Server", "nginx"),), b"no", False)


def fill(home: Path, url: str, deliveries: int, webhooks: int, *, waiting: bool = False) -> None:
    """Make a store with so many deliveries, spread over the webhooks; all `waiting`, or all ended.

    More than `MADE` must be a multiple of it.
    """
    times, rest = divmod(deliveries, MADE)
    if times > 1 and rest:
        raise ValueError(f"{deliveries} is not a multiple of {MADE}")
    first = min(deliveries, MADE)
    span = MADE // AT_ONCE * APART_MS
    began = SystemClock().now_ms() // MINUTE * MINUTE - max(times, 1) * span
    asyncio.run(_Filling(waiting, began).run(home, url, first, webhooks))
    if times > 1:
        paths = Paths.resolve({"CORGEA_HOME": str(home)})
        multiply(paths.database, times, MADE, span)


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
        results = [
            AttemptResult(queued, _outcome(queued.record.row, now), 1, None) for queued in batch
        ]
        return RecordOutcomes(OWNER, results, now)


def _outcome(row: int, now_ms: int) -> Outcome:
    phases = Phases(first_byte=row % 90)
    if row % FAILS:
        return Outcome(now_ms, row % 100, response=_ANSWER, phases=phases)
    # A body that cannot be made is not tried again, so that one attempt ends it.
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


HOUR = 3_600_000

_ROWS = {
    "events": {
        "id": "id + :rows",
        "event_id": "printf('%08x', :copy) || substr(event_id, 9)",
        "received_at": "received_at + :time",
        "changed_seq": "changed_seq + :seq",
    },
    "deliveries": {
        "id": "id + :rows",
        "uid": "printf('%08x', :copy) || substr(uid, 9)",
        "event_row": "event_row + :rows",
        "created_at": "created_at + :time",
        "next_attempt_at": "next_attempt_at + :time",
        "finished_at": "finished_at + :time",
        "changed_seq": "changed_seq + :seq",
    },
    "attempts": {
        "id": "id + :rows",
        "delivery_row": "delivery_row + :rows",
        "started_at": "started_at + :time",
    },
}
"""The columns in which a copy differs from the original, by table."""


def multiply(database: Path, times: int, rows: int, span_ms: int) -> None:
    """Make a store of `rows` deliveries, `span_ms` long (whole minutes), `times` as large.

    Each event must have led to one delivery, and each delivery to at most one attempt.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = off")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("PRAGMA temp_store = memory")
    seq = int(connection.execute("SELECT value FROM meta WHERE key = 'seq'").fetchone()[0])
    connection.execute("BEGIN")
    for copy in range(1, times):
        shift = {"copy": copy, "rows": rows * copy, "time": span_ms * copy, "seq": seq * copy}
        for table, changed in _ROWS.items():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, name) for name in names)
            connection.execute(
                f"INSERT INTO {table} SELECT {values} FROM {table} WHERE id <= {rows}", shift
            )
        connection.execute(
            "INSERT INTO counters SELECT webhook_id, 'later', at + :time, metric, n FROM counters"
            " WHERE span = 'minute'",
            shift,
        )
    _count(connection, times)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'seq'", (str(seq * times),))
    connection.execute("COMMIT")
    connection.close()


def _count(connection: sqlite3.Connection, times: int) -> None:
    connection.execute("UPDATE counters SET n = n * ? WHERE span = 'total'", (times,))
    connection.execute("UPDATE counters SET span = 'minute' WHERE span = 'later'")
    connection.execute("DELETE FROM counters WHERE span = 'hour'")
    connection.execute(
        "INSERT INTO counters SELECT webhook_id, 'hour', at / :hour * :hour, metric, sum(n)"
        " FROM counters WHERE span = 'minute' GROUP BY 1, 3, 4",
        {"hour": HOUR},
    )
