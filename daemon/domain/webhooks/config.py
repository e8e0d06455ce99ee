"""A webhook's configuration, the only description of its keys.

Forms (`configuration/form.py`), files (`configuration/webhook_toml.py`) and the store take their
keys from `WebhookConfig`. A new key is a new field here, a reader in `form.py`, an entry in
`masking.py` and, when it can hold a secret, a field in the store's `sealed_config.py`.
"""

from enum import StrEnum

import msgspec


class DestinationType(StrEnum):
    """The kind of receiver of a webhook; `slack` changes the escaping in a custom body."""

    SLACK = "slack"
    ZAPIER = "zapier"
    OTHER = "other"


class WebhookState(StrEnum):
    """Whether events are sent to a webhook."""

    ACTIVE = "active"
    PAUSED = "paused"


class Header(msgspec.Struct, frozen=True):
    """A custom header. A credential's value is write-only: it is read as `••••last4`."""

    name: str
    value: str
    credential: bool = False


class Condition(msgspec.Struct, frozen=True):
    """One row of conditions over the payload, e.g. `data.urgency in ["CR", "HI"]` (rules.md §2)."""

    path: str
    op: str
    value: object = None


class RetryPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """The retry policy of a webhook. For a key that is None, the settings apply.

    `schedule` has the waits between tries in seconds (an empty one means a single try), `timeout`
    is the deadline of one try in seconds, `concurrency` the most attempts in flight at once, `rate`
    the most attempts that start in a second.
    """

    schedule: tuple[float, ...] | None = None
    timeout: float | None = None
    concurrency: int | None = None
    rate: float | None = None


class WebhookConfig(msgspec.Struct, frozen=True):
    """The complete, checked configuration of a webhook."""

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
