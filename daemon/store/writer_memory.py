"""The writer's cache of its tables, so that hot commands need no queries.

It is up to date after every commit, and loaded again after a rollback.
"""

from typing import Any

import msgspec
from peewee import SqliteDatabase, fn

from daemon.domain.deliveries.lifecycle import EffectiveRetryPolicy, WebhookHealth
from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.matching.matcher import Matcher
from daemon.domain.webhooks.config import DestinationType, WebhookState
from daemon.store.cipher import Cipher, open_config, open_secret
from daemon.store.database import last_seq, meta_value
from daemon.store.models import DeliveryModel, EventModel, StoreModel, WebhookModel
from daemon.store.records import WebhookRecord

LAST_EVENT, LAST_DELIVERY = "last_event", "last_delivery"
"""Keys of `meta`: the last row numbers when rows were last pruned."""


class Bodies:
    """Custom bodies: each webhook's template, compiled once, rendered for each of its events."""

    def __init__(self) -> None:
        self._templates: dict[int, tuple[str, Template]] = {}

    def make(self, webhook: WebhookRecord, values: EventValues) -> tuple[bytes | None, str | None]:
        """The body for one event, or the problem. Only for webhooks that have a template."""
        slack = webhook.config.type is DestinationType.SLACK
        try:
            return self._template(webhook).render(values, slack=slack), None
        except TemplateFailure as failure:
            return None, str(failure)

    def forget(self, webhook: int) -> None:
        """Drop a webhook's template."""
        self._templates.pop(webhook, None)

    def _template(self, webhook: WebhookRecord) -> Template:
        text = webhook.config.body_template or ""
        known = self._templates.get(webhook.row)
        if known is None or known[0] != text:
            known = self._templates[webhook.row] = (text, Template(text))
        return known[1]


class Memory(msgspec.Struct):
    """The writer's view of its tables. Only the values of `health` change in place."""

    seq: int
    next_event: int
    next_delivery: int
    webhooks: dict[int, WebhookRecord]
    health: dict[int, WebhookHealth]
    router: Matcher[WebhookRecord]
    bodies: Bodies = msgspec.field(default_factory=Bodies)
    policy: EffectiveRetryPolicy = EffectiveRetryPolicy()
    """The policy of the settings; a webhook's own schedule takes precedence."""
    amended: set[int] = msgspec.field(default_factory=set)
    """Deliveries that changed after the scheduler got their record (`Transaction.amend`)."""

    def policy_of(self, webhook: WebhookRecord) -> EffectiveRetryPolicy:
        """The retry policy of this webhook."""
        schedule = webhook.config.retry.schedule
        if schedule is None:
            return self.policy
        return msgspec.structs.replace(self.policy, schedule=schedule)

    def keep(self, webhook: WebhookRecord) -> None:
        """Set a webhook's new state; a deleted one stays for its deliveries in flight."""
        self.webhooks[webhook.row] = webhook
        health = self.health.setdefault(webhook.row, WebhookHealth())
        health.blocked_reason = webhook.blocked_reason
        self.router.keep(webhook)
        if webhook.deleted_at is not None:
            self.bodies.forget(webhook.row)


def load(db: SqliteDatabase, cipher: Cipher, before: Memory | None = None) -> Memory:
    """Read the tables; values that are in no table come from `before`."""
    webhooks, health = {}, {}
    for row in WebhookModel.select().namedtuples().execute(db):
        webhook = webhooks[row.id] = _webhook(row, cipher)
        health[row.id] = WebhookHealth(row.consecutive_failures, webhook.blocked_reason)
    memory = Memory(
        seq=last_seq(db),
        next_event=1 + max(_last(db, EventModel), int(meta_value(db, LAST_EVENT) or 0)),
        next_delivery=1 + max(_last(db, DeliveryModel), int(meta_value(db, LAST_DELIVERY) or 0)),
        webhooks=webhooks,
        health=health,
        router=Matcher(webhooks.values()),
    )
    if before is not None:
        memory.policy, memory.amended = before.policy, before.amended
    return memory


def _webhook(row: Any, cipher: Cipher) -> WebhookRecord:
    return WebhookRecord(
        row=row.id,
        uid=row.uid,
        url_shown=row.url_shown,
        config=open_config(row.id, row.config, row.sealed, cipher),
        previous_secret=open_secret(row.id, row.previous_secret, cipher),
        previous_secret_until=row.previous_secret_until,
        revision=row.revision,
        version=row.version,
        state=WebhookState(row.state),
        paused_reason=row.paused_reason,
        paused_at=row.paused_at,
        managed_by=row.managed_by,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
    )


def _last(db: SqliteDatabase, model: type[StoreModel]) -> int:
    return int(model.select(fn.MAX(model.id)).scalar(db) or 0)  # type: ignore[attr-defined]
