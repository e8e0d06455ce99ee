"""What the producer sends, and who must get it: both follow from an event's number alone."""

import json
import random
from typing import Any

SECRET = "a secret of thirty-two characters!!"

_TYPES = ["scan.completed"] * 6 + ["scan.failed"] * 2 + ["issue.status_changed", "scan.started"]
_RECEIVERS = {
    "scan.completed": ("plain", "custom"),
    "scan.failed": ("plain", "flaky"),
    "issue.status_changed": ("flaky",),
    "scan.started": (),
}
CUSTOM_BODY = '{"text": "{{event_id}}", "n": {{data.n}}, "all": {{payload}}}'

RETRY = {"schedule": [], "timeout": 5}
WEBHOOKS: tuple[dict[str, Any], ...] = (
    {"name": "plain", "events": ["scan.completed", "scan.failed"], "secret": SECRET},
    {"name": "custom", "events": ["scan.completed"], "body_template": CUSTOM_BODY},
    {"name": "flaky", "events": ["scan.failed", "issue.status_changed"], "secret": SECRET},
    # The others are there for what is done to them; nothing of the producer's goes to them.
    {"name": "aside", "events": ["user.login"], "retry": RETRY},
    {
        "name": "hang",
        "events": ["user.login_failed"],
        "retry": {"schedule": [], "timeout": 0.6, "concurrency": 2},
    },
    {"name": "old", "events": ["issue.assigned"], "retry": RETRY},
)
MAIN = ("plain", "custom", "flaky")
"""The webhooks that the producer's events go to."""


def event_type(number: int) -> str:
    """The type of event `number`."""
    return _TYPES[number % len(_TYPES)]


def receivers(number: int) -> tuple[str, ...]:
    """The webhooks that must get event `number`."""
    return _RECEIVERS[event_type(number)]


def event_id(number: int) -> str:
    """The id of event `number`."""
    return f"e-{number:07d}"


def number_of(event: str) -> int | None:
    """The number of an event of the producer's; None for any other."""
    return int(event[2:]) if event.startswith("e-") else None


def event(number: int) -> bytes:
    """Event `number` as it goes to the inbox; the same bytes every time."""
    filler = "x" * random.Random(number).choice((0, 100, 400, 3_000))
    return json.dumps(
        {
            "event_id": event_id(number),
            "event_type": event_type(number),
            "data": {"n": number, "company": "Örnek & <Co>", "filler": filler},
        }
    ).encode()
