"""A store on a real file, to which commands are applied as the writer does, one a transaction."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome, Response
from daemon.domain.events.catalogue import EventLimits
from daemon.domain.events.event import parse_event
from daemon.domain.webhooks.config import WebhookConfig
from daemon.protocol.caller import Caller
from daemon.store.cipher import Cipher
from daemon.store.commands.accept import AcceptEvents
from daemon.store.commands.claim import Claim
from daemon.store.commands.outcome import AttemptResult, RecordOutcomes
from daemon.store.commands.webhooks import SaveWebhook
from daemon.store.database import execute, open_writer
from daemon.store.delivery_rows import by_row
from daemon.store.maintenance.migrate import migrate
from daemon.store.models import CounterModel
from daemon.store.records import QueuedDelivery
from daemon.store.transaction import Transaction
from daemon.store.writer_memory import load

NOW = 1_750_000_000_000
ANN = Caller("ann", 1000, 1, "admin")
OWNER = "a1"


class Store:
    """The store, its memory, and what the last transaction published."""

    def __init__(self, path: Path) -> None:
        self.db = open_writer(path)
        execute(self.db, "PRAGMA synchronous = OFF")  # nothing dies here
        self.cipher = Cipher({1: bytes(32)})
        self.memory = load(self.db, self.cipher)
        self.facts = []

    def apply(self, *commands):
        """The last result, after a commit; when one fails, nothing has changed."""
        connection = self.db.connection()
        connection.execute("BEGIN IMMEDIATE")
        tx = Transaction(self.db, self.memory, self.cipher)
        try:
            results = [command.apply(tx) for command in commands]
            tx.finish()
        except BaseException:
            for undo in tx.undo:
                undo()
            connection.execute("ROLLBACK")
            self.memory = load(self.db, self.cipher, self.memory)
            raise
        connection.execute("COMMIT")
        self.facts = tx.facts
        return results[-1]

    def published(self, kind):
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def webhook(self, name="hook", **config):
        made = WebhookConfig(name, "https://example.com/hook", ("scan.*",), **config)
        return self.apply(SaveWebhook(made, ANN, NOW))

    def accept(self, *events, slots=True, now=NOW):
        command = AcceptEvents(
            [event_of(**each) for each in events or ({},)],
            owner=OWNER,
            now_ms=now,
            take=lambda _: slots,
            give=lambda _: None,
        )
        return self.apply(command)

    def delivery(self, row=1):
        return by_row(self.db, row)

    def claim(self, row=1):
        """The delivery as it is in flight."""
        known = self.delivery(row)
        assert self.apply(Claim(OWNER, [(row, known.lease_seq)], []))
        return QueuedDelivery(self.delivery(row), b"{}")

    def end(self, queued, outcome, now=NOW):
        return self.apply(RecordOutcomes(OWNER, [AttemptResult(queued, outcome, 1, None)], now))

    def fail_for_good(self):
        """Accept one event, and let all its tries fail."""
        (accepted,) = self.accept()
        row = self.memory.next_delivery - 1
        queued = QueuedDelivery(self.delivery(row), b"{}")
        for _ in range(3):
            self.end(queued, FAILED)
            if self.delivery(row).status == "failed":
                return row
            queued = self.claim(row)
        raise AssertionError(accepted)

    def total(self, metric, webhook=1):
        where = (CounterModel.span == "total") & (CounterModel.metric == metric)
        query = CounterModel.select(CounterModel.n).where(where, CounterModel.webhook == webhook)
        return query.scalar(self.db) or 0


def event_of(event_type="scan.completed", data=None, **more):
    raw = json.dumps({"event_type": event_type, "data": data or {"n": 1}, **more}).encode()
    return parse_event(raw, limits=EventLimits(), known_types={event_type})


SUCCEEDED = Outcome(NOW, 5, None, Response(200, "OK", (), b"ok", truncated=False))
FAILED = Outcome(
    NOW,
    5,
    Failure(ErrorKind.HTTP, "answered 500"),
    Response(500, "Oops", (), b"no", truncated=False),
)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """A database with today's tables and nothing in them."""
    path = tmp_path_factory.mktemp("migrated") / "corgea.db"
    db = open_writer(path)
    migrate(db, path)
    db.close()
    return path


@pytest.fixture
def store(tmp_path, migrated) -> Iterator[Store]:
    store = Store(Path(shutil.copy(migrated, tmp_path)))
    yield store
    store.db.close()
