"""What the writer keeps in memory of its own tables, so that a hot unit reads nothing.

It is right after every commit; after a rollback it is loaded anew.
"""

import sqlite3

import msgspec

from daemon.domain.deliveries.lifecycle import EffectiveRetryPolicy, WebhookHealth
from daemon.domain.matching.matcher import Matcher
from daemon.domain.webhooks.config import WebhookState
from daemon.store.bodies import Bodies
from daemon.store.cipher import Cipher
from daemon.store.records import WebhookRecord
from daemon.store.sealed_config import open_config, open_secret

_WEBHOOKS = (
    "SELECT id, uid, url_shown, config, sealed, previous_secret, previous_secret_until, revision,"
    " version, state, paused_reason, paused_at, streak, managed_by, created_at, updated_at,"
    " deleted_at FROM webhooks"
)


LAST_EVENT, LAST_DELIVERY = "last_event", "last_delivery"
"""Keys of `meta`: how far rows were numbered when some were last forgotten."""


class Memory(msgspec.Struct):
    """The writer's view of its tables. `standings` are the only values that change in place."""

    seq: int
    next_event: int
    next_delivery: int
    webhooks: dict[int, WebhookRecord]
    health: dict[int, WebhookHealth]
    router: Matcher[WebhookRecord]
    bodies: Bodies = msgspec.field(default_factory=Bodies)
    policy: EffectiveRetryPolicy = EffectiveRetryPolicy()
    """What the settings say; a webhook's own schedule goes before."""

    def policy_of(self, webhook: WebhookRecord) -> EffectiveRetryPolicy:
        """How this webhook is tried."""
        schedule = webhook.config.retry.schedule
        if schedule is None:
            return self.policy
        return msgspec.structs.replace(self.policy, schedule=schedule)

    def keep(self, webhook: WebhookRecord) -> None:
        """Take in a webhook's new state; a deleted one stays for its deliveries in flight."""
        self.webhooks[webhook.row] = webhook
        health = self.health.setdefault(webhook.row, WebhookHealth())
        health.blocked_reason = webhook.blocked_reason
        self.router.keep(webhook)
        if webhook.deleted_at is not None:
            self.bodies.forget(webhook.row)


def load(connection: sqlite3.Connection, cipher: Cipher) -> Memory:
    """Read everything anew."""
    webhooks, health = {}, {}
    for row in connection.execute(_WEBHOOKS):
        webhook = _webhook(row, cipher)
        webhooks[webhook.row] = webhook
        health[webhook.row] = WebhookHealth(
            consecutive_failures=row[12], blocked_reason=webhook.blocked_reason
        )
    return Memory(
        seq=_noted(connection, "seq"),
        next_event=1 + max(_last(connection, "events"), _noted(connection, LAST_EVENT)),
        next_delivery=1 + max(_last(connection, "deliveries"), _noted(connection, LAST_DELIVERY)),
        webhooks=webhooks,
        health=health,
        router=Matcher(webhooks.values()),
    )


def _webhook(row: tuple, cipher: Cipher) -> WebhookRecord:  # type: ignore[type-arg]  # a row of _HOOKS
    return WebhookRecord(
        row=row[0],
        uid=row[1],
        url_shown=row[2],
        config=open_config(row[0], row[3], row[4], cipher),
        previous_secret=open_secret(row[0], row[5], cipher),
        previous_secret_until=row[6],
        revision=row[7],
        version=row[8],
        state=WebhookState(row[9]),
        paused_reason=row[10],
        paused_at=row[11],
        managed_by=row[13],
        created_at=row[14],
        updated_at=row[15],
        deleted_at=row[16],
    )


def _last(connection: sqlite3.Connection, table: str) -> int:
    sql = f"SELECT ifnull(max(id), 0) FROM {table}"  # noqa: S608  # our own names
    last: int = connection.execute(sql).fetchone()[0]
    return last


def _noted(connection: sqlite3.Connection, key: str) -> int:
    found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return 0 if found is None else int(found[0])
