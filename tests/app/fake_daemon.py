"""A daemon in the test's own process: answers typed calls, posts what a test tells it to.

`FakeDaemon` stands behind the real `Client`, so shapes and errors are the real ones; `FakeLink`
posts the updates that the real link would.
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import unquote

import msgspec

from corgea_tui.client.client import Client
from corgea_tui.client.errors import Refused, Unreachable
from corgea_tui.client.updates import LinkState, Phase, Snapshot, UpdateBatch
from daemon.protocol import DaemonInfo, Delivery, Event, Page, Problem, Webhook

NOW = datetime(2026, 11, 23, 14, 5, 0, tzinfo=UTC)


def stamp(seconds=0.0):
    moment = NOW + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def delivery(number, status="succeeded", **more):
    failed = status == "failed"
    base = {
        "id": f"d{number}",
        "event_id": f"e{number}",
        "event_type": "scan.completed",
        "webhook_id": "w1",
        "webhook_name": "Slack #security",
        "url": "https://hooks.example.com/T000/B000",
        "project": "proj-1",
        "project_name": "Billing",
        "status": status,
        "in_flight": False,
        "http_status": 503 if failed else 200,
        "error": {"kind": "http", "message": "503 Service Unavailable"} if failed else None,
        "reason": None,
        "attempt": 3 if failed else 1,
        "max_attempts": 3,
        "duration_ms": 84,
        "created_at": stamp(number - 1000),
        "next_attempt_at": None,
        "finished_at": stamp(number - 999),
        "kind": "event",
    }
    return msgspec.convert({**base, **more}, Delivery)


def attempt(number=1, **more):
    return {
        "number": number,
        "manual": False,
        "started_at": stamp(number * 2 - 100),
        "duration_ms": 180,
        "phases": {"dns": 1, "connect": 12, "tls": 21, "first_byte": 140},
        "http_status": 503,
        "error": {"kind": "http", "message": "503 Service Unavailable"},
        "request": {
            "url": "https://hooks.example.com/T000/B000",
            "headers": [{"name": "X-Corgea-Event", "value": "scan.completed"}],
            "body": '{"event_id":"e1","data":{"issues_found":1.50}}',
        },
        "response": {
            "headers": [{"name": "Server", "value": "nginx"}],
            "body": "upstream is down",
            "truncated": False,
        },
        **more,
    }


def webhook(number=1, **more):
    base = {
        "id": f"w{number}",
        "name": "Slack #security" if number == 1 else f"Webhook {number}",
        "url": "https://hooks.example.com/T000/B000",
        "type": "slack",
        "events": ["scan.completed", "issue.*"],
        "projects": [],
        "statuses": [],
        "conditions": [],
        "secret": {"set": True, "hint": "••••9f2c"},
        "headers": [],
        "body_template": None,
        "state": "active",
        "paused_reason": None,
        "paused_at": None,
        "version": 1,
        "standard_webhooks": False,
        "retry": {"schedule": [2.0, 4.0], "timeout": 10.0, "concurrency": 16, "rate": None},
        "managed_by": None,
        "created_at": stamp(-90000),
        "updated_at": stamp(-80000),
        "statistics": statistics(),
    }
    return msgspec.convert({**base, **more}, Webhook)


def page(items):
    """A list of the API that has one page."""
    return {"items": items, "next": None, "total": len(items), "seq": 1}


def decision(what, name="Slack", detail="", delivery_id=None):
    """One webhook's row in the explanation of an event."""
    return {
        "webhook_id": name,
        "webhook_name": name,
        "decision": what,
        "detail": detail,
        "delivery_id": delivery_id,
    }


def job(state="running", **more):
    base = {
        "id": "j1",
        "kind": "retry",
        "state": state,
        "matched": 41,
        "started": 12,
        "succeeded": 10,
        "failed": 2,
        "created_at": stamp(),
        "finished_at": None,
        "by": "ann",
        "filter": "http:5xx",
    }
    return {**base, **more}


def audit_entry(**more):
    base = {
        "id": "1",
        "at": stamp(-5),
        "login": "bob",
        "uid": 1001,
        "action": "webhook.update",
        "target": "Jira tickets",
        "before": {"retry": {"timeout": 10}},
        "after": {"retry": {"timeout": 5}},
        "hash": "",
    }
    return {**base, **more}


def peer(**more):
    base = {
        "login": "ci",
        "uid": 990,
        "pid": 812,
        "role": "producer",
        "socket": "inbox",
        "since": stamp(-60),
        "requests": 9,
        "watching": False,
    }
    return {**base, **more}


def statistics(**more):
    return {
        "total": 40,
        "successful": 39,
        "failed": 1,
        "success_rate": 97.5,
        "consecutive_failures": 0,
        "last_triggered": stamp(-30),
        "attempts": 44,
        "pending": 0,
        "discarded": 2,
        "pruned": 0,
        "p50_ms": 80,
        "p95_ms": 240,
        "p99_ms": 900,
        **more,
    }


def info(role="admin", **more):
    base = {
        "version": "0.1.0",
        "api": {"min": 1, "max": 1},
        "instance_id": "i1",
        "pid": 4711,
        "started_at": stamp(-3600),
        "uptime_ms": 3_600_000,
        "role": role,
        "login": "ann",
        "queues": {
            "waiting": 3,
            "in_flight": 2,
            "events_per_second": 12.4,
            "deliveries_per_second": 31.0,
            "failing_webhooks": 1,
            "paused_webhooks": 1,
        },
        "store": {
            "url": "/home/ann/corgea.db",
            "bytes": 4_200_000,
            "events": 900,
            "deliveries": 3000,
            "sqlite_version": "3.51.3",
        },
        "settings": {"delivery": {"timeout": 10, "schedule": [2, 4], "pause_after": 10}},
        "settings_errors": [],
        "home": "/home/ann",
        "seq": 1,
    }
    return msgspec.convert({**base, **more}, DaemonInfo)


def event(number, **more):
    base = {
        "event_id": f"e{number}",
        "event_type": "scan.completed",
        "timestamp": stamp(number - 1000),
        "received_at": stamp(number - 1000),
        "project": "proj-1",
        "project_name": "Billing",
        "matched": 1,
        "webhooks": 4,
    }
    return msgspec.convert({**base, **more}, Event)


def event_detail(row, **more):
    """An event as `/v1/events/{id}` answers it."""
    return {**msgspec.to_builtins(row), "payload": {}, "deliveries": [], **more}


class FakeDaemon:
    """A `Carrier`. `answers[(method, path)]` is JSON-able, a function of the call, or a Problem."""

    def __init__(self):
        self.deliveries = []
        self.webhooks = []
        self.info = info()
        self.answers = {}
        self.calls = []
        self.reachable = True

    async def call(self, call):
        if not self.reachable:
            raise Unreachable("the daemon closed the connection")
        method, path, query = call.method, unquote(call.path), call.parameters
        sent = json.loads(call.body) if call.body else None
        self.calls.append((method, path, query or sent))
        answer = self.answers.get((method, path))
        if answer is None:
            answer = self._list(path, query)
        if callable(answer):
            answer = answer(query or sent)
        if isinstance(answer, Problem):
            raise Refused(answer)
        return answer if isinstance(answer, bytes) else msgspec.json.encode(answer)

    def lines(self, call):
        raise NotImplementedError

    async def pieces(self, call):
        self.calls.append(("GET", call.path, call.query))
        yield self.answers[("GET", call.path)]

    async def close(self):
        self.reachable = False

    def asked(self, method, path):
        """What was sent with each call of a path."""
        return [sent for m, p, sent in self.calls if (m, p) == (method, path)]

    def _list(self, path, query):
        if path.startswith("/v1/deliveries/"):
            wanted = path.rsplit("/", 1)[1]
            found = next((d for d in self.deliveries if d.id == wanted), delivery(1))
            whole = msgspec.to_builtins(found)
            more = {"payload": {"event_id": found.event_id, "n": 1}, "attempts": [attempt()]}
            return {**whole, **more}
        if path == "/v1/deliveries":
            return self._page(self._matching(query), query)
        if path == "/v1/webhooks":
            return self._page(self.webhooks, query)
        if path == "/v1/daemon":
            return self.info
        return Problem(title=f"no answer for {path}", status=404)

    def _matching(self, query):
        """As much of the filter language as the tests of finding need."""
        words = query.get("filter", "").split()
        until = [word.removeprefix("until:") for word in words if word.startswith("until:2")]
        before = min([*until, *([query["to"]] if "to" in query else [])], default=None)
        failed = "status:failed" in words or query.get("status") == "failed"
        return [
            row
            for row in reversed(self.deliveries)
            if (not failed or row.status == "failed")
            and (before is None or row.created_at < before)
        ]

    def _page(self, rows, query):
        start = int(query.get("cursor", 0))
        limit = query["limit"]
        following = str(start + limit) if start + limit < len(rows) else None
        return {
            "items": rows[start : start + limit],
            "next": following,
            "total": len(rows),
            "seq": 1,
        }


class FakeLink:
    """Posts what a test wants to have happened."""

    def __init__(self, daemon, post):
        self.daemon = daemon
        self.post = post
        self.client = Client(daemon)
        self.started = False
        self.hurried = 0
        self._clock = count(1)

    def start(self):
        self.started = True

    def connect_now(self):
        self.hurried += 1

    async def close(self):
        await self.client.close()

    def connect(self, *, gap=False):
        """What a first connection, or one after a gap, tells."""
        rows = list(reversed(self.daemon.deliveries))
        page = Page(rows[:200], "200" if len(rows) > 200 else None, len(rows), 1)
        self.post(Snapshot(self.daemon.info, tuple(self.daemon.webhooks), page, 1, gap))
        self.post(LinkState(Phase.CONNECTED, "local", last_contact=0.0))

    def lose(self, reason="the daemon closed the connection", phase=Phase.LOST):
        self.post(LinkState(phase, "local", reason, last_contact=0.0, retry_at=3.0))

    def arrive(self, *deliveries, **more):
        """Deliveries that were made or changed, and whatever else is in a batch."""
        known = {row.id: row for row in self.daemon.deliveries}
        known.update({row.id: row for row in deliveries})
        self.daemon.deliveries = list(known.values())
        self.post(UpdateBatch(tuple(deliveries), **more))
