"""Fills a real store with rows, quickly, for tests of what is read."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from daemon.domain.events.event import payload_bytes
from daemon.domain.events.timestamps import from_ms
from daemon.domain.webhooks.config import WebhookConfig
from daemon.store.cipher import Cipher, SentShape, seal_config, seal_shape
from daemon.store.database import execute, open_writer
from daemon.store.maintenance.migrate import migrate

NOON = 1_750_000_000_000
"""When the first row was made, in ms."""


@dataclass
class Rows:
    """A store under construction. Rows are made a second apart unless told otherwise."""

    path: Path
    cipher: Cipher = field(default_factory=lambda: Cipher({1: bytes(32)}))
    now: int = NOON
    seq: int = 0

    def __post_init__(self):
        self.path.touch()
        self.db = open_writer(self.path)
        migrate(self.db, self.path)
        self.names: dict[str, int] = {}

    def close(self):
        self.db.close()

    def rows_named(self, name):
        return [row for known, row in self.names.items() if name in (known, f"wh_{row}")]

    def insert(self, table: str, **values: Any) -> int:
        marks = ",".join("?" * len(values))
        sql = f"INSERT INTO {table} ({','.join(values)}) VALUES ({marks})"
        return execute(self.db, sql, tuple(values.values())).lastrowid

    def webhook(self, name: str = "hook", url: str = "https://example.com/hook", **more) -> int:
        row = len(self.names) + 1
        config = WebhookConfig(name, url, ("scan.*",))
        shown, sealed = seal_config(row, config, self.cipher)
        values = {
            "id": row,
            "uid": f"wh_{row}",
            "name": name,
            "url_shown": "example.com/…hook",
            "config": shown,
            "sealed": sealed,
            "revision": row,
            "created_at": self.now,
            "updated_at": self.now,
            "changed_seq": self._seq(),
        }
        self.insert("webhooks", **{**values, **more})
        shape = SentShape(url, (("Authorization", "••••cret"), ("X-Team", "red")))
        sealed_shape = seal_shape(row, shape, self.cipher)
        self.insert("revisions", id=row, webhook_id=row, sealed=sealed_shape)
        self.names[name] = row
        return row

    def event(self, event_type="scan.completed", data=None, project=None, **more) -> int:
        data = {} if data is None else data
        if project is not None:
            data = {**data, "project": {"id": project, "name": project.title()}}
        at = more.pop("at", self._tick())
        event_id = more.pop("event_id", None) or f"event-{self.seq + 1}"
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        values = {
            "event_id": event_id,
            "event_type": event_type,
            "project_id": project,
            "project_name": None if project is None else project.title(),
            "payload": payload_bytes(event_id, event_type, from_ms(at), raw),
            "received_at": at,
            "decisions": b"",
            "changed_seq": self._seq(),
        }
        return self.insert("events", **{**values, **more})

    def delivery(self, webhook: int = 1, event: int | None = None, status="succeeded", **more):
        """A delivery, of an event of its own unless one is given."""
        if event is None:
            keys = ("event_type", "data", "project", "event_id", "at")
            event = self.event(**{key: more.pop(key) for key in keys if key in more})
        found = execute(
            self.db, "SELECT event_type, project_id, received_at FROM events WHERE id = ?", (event,)
        ).fetchone()
        seq = self._seq()
        sent = status in {"succeeded", "failed"}
        values = {
            "uid": f"delivery-{seq}",
            "event_row": event,
            "webhook_id": webhook,
            "event_type": found[0],
            "project_id": found[1],
            "status": status,
            "attempt": int(sent),
            "http_status": {"succeeded": 200, "failed": 500}.get(status),
            "created_at": found[2],
            "finished_at": None if status == "pending" else found[2] + 1,
            "changed_seq": seq,
        }
        return self.insert("deliveries", **{**values, **more})

    def attempt(self, delivery: int, number: int = 1, **more) -> int:
        values = {
            "delivery_row": delivery,
            "number": number,
            "started_at": self.now,
            "duration_ms": 12,
            "http_status": 200,
            "revision": 1,
            "signatures": '{"current":"aa"}',
            "response_headers": msgspec.json.encode([("X-R", "1")]).decode(),
            "response_body": b"ok",
        }
        return self.insert("attempts", **{**values, **more})

    def count(self, webhook: int, metric: str, n: int, at: int, span: str = "minute"):
        self.insert("counters", webhook_id=webhook, span=span, at=at, metric=metric, n=n)

    def finish(self):
        """Write down the last change's number, as the writer does."""
        execute(
            self.db,
            "INSERT INTO meta (key, value) VALUES ('seq', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (str(self.seq),),
        )

    def _seq(self) -> int:
        self.seq += 1
        return self.seq

    def _tick(self) -> int:
        self.now += 1000
        return self.now
