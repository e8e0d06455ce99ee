"""A webhook as the rules see it: its configuration and what has become of it.

How a webhook is read from a form, a file or the API, and every complaint about it, stands in
`webhook_form`; this file only says what a sound one is made of.
"""

from enum import StrEnum

import msgspec


class DestinationType(StrEnum):
    """What kind of receiver a webhook has; `slack` changes the escaping in a custom body."""

    SLACK = "slack"
    ZAPIER = "zapier"
    OTHER = "other"


class WebhookState(StrEnum):
    """Whether a webhook is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"


class Header(msgspec.Struct, frozen=True):
    """A custom header. A credential's value is write-only: shown as `••••last4`, never in full."""

    name: str
    value: str
    credential: bool = False


class Condition(msgspec.Struct, frozen=True):
    """One row of conditions over the payload, e.g. `data.urgency in ["CR", "HI"]` (rules.md §2)."""

    path: str
    op: str
    value: object = None


class RetryPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a webhook is tried. None means: whatever the settings say.

    `schedule` holds the waits between tries in seconds (an empty one: a single try), `timeout` the
    deadline of one try in seconds, `concurrency` how many may be on the wire at once, `rate` how
    many may start in a second.
    """

    schedule: tuple[float, ...] | None = None
    timeout: float | None = None
    concurrency: int | None = None
    rate: float | None = None


class WebhookConfig(msgspec.Struct, frozen=True):
    """What an admin decided about a webhook: all of it, nothing else, and checked."""

    name: str
    url: str
    events: tuple[str, ...]
    type: DestinationType = DestinationType.OTHER
    projects: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    secret: str | None = None
    headers: tuple[Header, ...] = ()
    body_template: str | None = None
    standard_webhooks: bool = False
    retry: RetryPolicy = RetryPolicy()
