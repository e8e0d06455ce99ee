"""The receivers of the demo: their webhooks and their behaviour."""

import asyncio
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from corgea_tui.receiver.answers import ScriptedAnswer, script
from corgea_tui.receiver.received import Received
from daemon.domain.events.sample_world import PROJECTS

BILLING = next(project for project in PROJECTS if project.name == "Billing")
PER_SECOND = 3
"""Requests that the busy receiver accepts in a second."""


@dataclass(frozen=True)
class DemoEndpoint:
    """A receiver and the webhook that sends to it."""

    name: str
    path: str
    receives: str
    """The events of its webhook, in words."""
    behaves: str
    """Its behaviour, in words."""
    form: dict[str, Any] = field(default_factory=dict)
    """The webhook's configuration beside name, URL and secret."""
    listens: bool = True


ENDPOINTS = (
    DemoEndpoint(
        "Slack #security",
        "/slack",
        "scan results",
        "healthy: answers at once",
        {
            "type": "slack",
            "events": ["scan.completed", "scan.failed"],
            "body_template": '{"text":"*{{data.project.name}}*: {{event_type}}"}',
        },
    ),
    DemoEndpoint(
        "Compliance log",
        "/compliance",
        "every scan",
        "slow: takes two seconds",
        {"events": ["scan.*"]},
    ),
    DemoEndpoint(
        "Jira tickets",
        "/jira",
        "issues",
        "flaky: refuses every third request",
        {
            "events": ["issue.*"],
            "headers": [{"name": "X-Automation-Webhook-Token", "value": "made-up-jira-token"}],
        },
    ),
    DemoEndpoint(
        "Dashboard",
        "/dashboard",
        "all scans and issues",
        f"busy: over {PER_SECOND} a second gets 429",
        {"events": ["scan.*", "issue.*"]},
    ),
    DemoEndpoint(
        "Billing team",
        "/billing",
        "Billing's urgent issues",
        "healthy; its filters exclude most events",
        {
            "events": ["issue.*"],
            "projects": [BILLING.id],
            "conditions": [{"path": "data.urgency", "op": "in", "value": ["CR", "HI"]}],
        },
    ),
    DemoEndpoint(
        "Login audit",
        "/audit",
        "logins",
        "dead: nothing listens",
        {"events": ["user.*"], "retry": {"schedule": [1]}},
        listens=False,
    ),
)


class DemoReceivers:
    """Answers for all endpoints and counts the requests. Call it only on the receiver's thread."""

    def __init__(self, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        """`secret` is the secret of all webhooks."""
        self._secret = secret
        self._clock = clock
        self._flaky = script("200@120ms,200@80ms,503@180ms")
        self._recent: deque[float] = deque(maxlen=PER_SECOND)
        self.requests = 0
        self.well_signed = 0

    async def __call__(self, received: Received) -> ScriptedAnswer:
        """The answer of the endpoint."""
        self.requests += 1
        self.well_signed += received.signature_problem(self._secret) is None
        path = received.target.partition("?")[0]
        if path == "/jira":
            answer = self._flaky.next()
            await asyncio.sleep(answer.delay)
            return ScriptedAnswer(status=answer.status)
        if path == "/dashboard":
            return self._busy()
        return ScriptedAnswer(status=200, delay=2.0 if path == "/compliance" else 0.05, body=b"ok")

    def _busy(self) -> ScriptedAnswer:
        now = self._clock()
        if len(self._recent) == PER_SECOND and now - self._recent[0] < 1:
            return ScriptedAnswer(status=429, delay=0.01, headers=(("Retry-After", "1"),))
        self._recent.append(now)
        return ScriptedAnswer(status=202, delay=0.03)


class DeadPort:
    """A port that refuses every connection and is reserved, so that no other program listens."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET)
        self._socket.bind(("127.0.0.1", 0))  # bound without listening

    @property
    def url(self) -> str:
        """An address on which nothing listens."""
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        """Release the port."""
        self._socket.close()
