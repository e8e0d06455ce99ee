"""The tables, as Peewee models, the only description of them. Times are wall-clock ms since 1970.

`migrations/` creates these tables; a test compares a migrated database with the models. To
change a table, change its model and add a migration (`maintenance/migrate.py` shows one).

Models have no database: the writer and each reader run a query on their own connection
(`query.execute(db)`).

`changed_seq` is the number of the row's last change, as `/v1/watch` numbers them: a client that was
disconnected reads the rows above the number that it saw last.
"""

from typing import Any

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    Default,
    FloatField,
    IntegerField,
    Model,
    TextField,
    ValueLiterals,
)


def _default(value: str | int) -> dict[str, Any]:
    """A default that holds for Peewee's inserts and, in the table itself, for prepared SQL."""
    written = f"'{value}'" if isinstance(value, str) else value
    return {"default": value, "constraints": [Default(written)]}


class StoreModel(Model):
    """The base of all tables."""

    class Meta:
        """Names in SQL."""

        legacy_table_names = False


class MetaModel(StoreModel):
    """Single values of the store: the number of the last change, the sealed end of the audit."""

    key = TextField(primary_key=True)
    value = TextField()

    class Meta:
        """Table name and storage."""

        table_name = "meta"
        without_rowid = True


AUDIT_SEAL = "audit"
"""The key of `meta` under which the end of the audit is sealed."""


class WebhookModel(StoreModel):
    """A webhook. A deleted one stays for its history, without its secrets.

    `config` is the JSON of a `WebhookConfig` without the values that must not be readable in a
    copied database; `sealed` holds those, encrypted (rules.md §2).
    """

    id = IntegerField(primary_key=True)
    uid = TextField(unique=True)
    name = TextField()
    url_shown = TextField()
    config = TextField()
    sealed = BlobField(null=True)
    previous_secret = BlobField(null=True)
    previous_secret_until = BigIntegerField(null=True)
    revision = IntegerField()
    version = IntegerField(**_default(1))
    state = TextField(**_default("active"))
    paused_reason = TextField(null=True)
    paused_at = BigIntegerField(null=True)
    consecutive_failures = IntegerField(column_name="streak", **_default(0))
    last_triggered_at = BigIntegerField(null=True)
    managed_by = TextField(null=True)
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    deleted_at = BigIntegerField(null=True)
    changed_seq = BigIntegerField(**_default(0))

    class Meta:
        """Table name."""

        table_name = "webhooks"


class RevisionModel(StoreModel):
    """The URL and headers of a webhook's requests, credentials masked, for the history.

    Each save of a webhook adds a row, and an attempt refers to it by number.
    """

    id = IntegerField(primary_key=True)
    webhook = IntegerField(column_name="webhook_id")
    sealed = BlobField(null=True)

    class Meta:
        """Table name."""

        table_name = "revisions"


class EventModel(StoreModel):
    """An event that was accepted. `payload` is the default body, byte for byte as it is sent.

    `decisions` is the compact record of `domain.matching`, from which explanations are made.
    """

    id = IntegerField(primary_key=True)
    event_id = TextField(unique=True)
    event_type = TextField()
    project_id = TextField(null=True)
    project_name = TextField(null=True)
    given_timestamp = TextField(null=True)
    payload = BlobField()
    received_at = BigIntegerField()
    decisions = BlobField()
    matched = IntegerField(**_default(0))
    webhooks = IntegerField(**_default(0))
    changed_seq = BigIntegerField(**_default(0))

    class Meta:
        """Table name."""

        table_name = "events"


class DeliveryModel(StoreModel):
    """One event for one webhook.

    `lease_owner` and `lease_seq` are the claim: the instance that sends the delivery, and a number
    that grows with each claim, so that an outcome of an older claim changes nothing. `tries` counts
    automatic attempts that used up a try, `deaths` the attempts that the daemon's end cut. `manual`
    is a `lifecycle.ManualRetry`.
    """

    id = IntegerField(primary_key=True)
    uid = TextField(unique=True)
    event_row = IntegerField()
    webhook = IntegerField(column_name="webhook_id")
    event_type = TextField()
    project_id = TextField(null=True)
    kind = TextField(**_default("event"))
    status = TextField(**_default("pending"))
    reason = TextField(null=True)
    attempt = IntegerField(**_default(0))
    max_attempts = IntegerField(**_default(3))
    tries = IntegerField(**_default(0))
    deaths = IntegerField(**_default(0))
    manual = IntegerField(**_default(0))
    http_status = IntegerField(null=True)
    error_kind = TextField(null=True)
    error_message = TextField(null=True)
    duration_ms = IntegerField(null=True)
    created_at = BigIntegerField()
    next_attempt_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    lease_owner = TextField(null=True)
    lease_seq = IntegerField(**_default(0))
    job = IntegerField(column_name="job_id", null=True)
    changed_seq = BigIntegerField(**_default(0))

    class Meta:
        """Table name."""

        table_name = "deliveries"


class BodyModel(StoreModel):
    """A custom body as rendered for one delivery, encrypted; or why it could not be rendered."""

    delivery = IntegerField(column_name="delivery_row", primary_key=True)
    sealed = BlobField(null=True)
    problem = TextField(null=True)

    class Meta:
        """Table name."""

        table_name = "bodies"


class PastBodyModel(StoreModel):
    """The body that attempts before `before_attempt` sent; a manual retry renders it again.

    `plain`: it was the event's payload, which is not copied here.
    """

    id = IntegerField(primary_key=True)
    delivery = IntegerField(column_name="delivery_row")
    before_attempt = IntegerField()
    plain = BooleanField()
    sealed = BlobField(null=True)

    class Meta:
        """Table name."""

        table_name = "past_bodies"


class AttemptModel(StoreModel):
    """One attempt. `revision`, the body and the second of its start determine its request."""

    id = IntegerField(primary_key=True)
    delivery = IntegerField(column_name="delivery_row")
    number = IntegerField()
    manual = BooleanField(**_default(0))
    started_at = BigIntegerField()
    duration_ms = IntegerField()
    dns_ms = IntegerField(null=True)
    connect_ms = IntegerField(null=True)
    tls_ms = IntegerField(null=True)
    first_byte_ms = IntegerField(null=True)
    http_status = IntegerField(null=True)
    error_kind = TextField(null=True)
    error_message = TextField(null=True)
    revision = IntegerField()
    signatures = TextField(null=True)
    response_headers = TextField(null=True)
    response_body = BlobField(null=True)
    truncated = BooleanField(**_default(0))

    class Meta:
        """Table name."""

        table_name = "attempts"


class CounterModel(StoreModel):
    """A count of a webhook in a span of time: `total` for its lifetime, `minute`, `hour` for plots.

    Metrics: `pending` `succeeded` `failed` `discarded` `attempts` `pruned`, `http:2xx` and so on,
    and `ms:N` for attempts whose duration fell into bin N (`domain.deliveries.statistics`).
    """

    webhook = IntegerField(column_name="webhook_id")
    span = TextField()
    at = BigIntegerField()
    metric = TextField()
    n = BigIntegerField()

    class Meta:
        """Table name, key and storage."""

        table_name = "counters"
        primary_key = CompositeKey("span", "at", "webhook", "metric")
        without_rowid = True


class JobModel(StoreModel):
    """A bulk retry or replay. The next step begins after (`position_at`, `position`)."""

    id = IntegerField(primary_key=True)
    uid = TextField(unique=True)
    kind = TextField()
    state = TextField(**_default("running"))
    filter_text = TextField(column_name="filter")
    webhook = IntegerField(column_name="webhook_id", null=True)
    most = IntegerField(null=True)
    rate = FloatField(null=True)
    matched = IntegerField(**_default(0))
    started = IntegerField(**_default(0))
    succeeded = IntegerField(**_default(0))
    failed = IntegerField(**_default(0))
    position = IntegerField(null=True)
    position_at = BigIntegerField(null=True)
    last = IntegerField(**_default(0))
    by = TextField()
    error = TextField(null=True)
    created_at = BigIntegerField()
    finished_at = BigIntegerField(null=True)
    changed_seq = BigIntegerField(**_default(0))

    class Meta:
        """Table name."""

        table_name = "jobs"


class AuditModel(StoreModel):
    """An audit entry. The table is append-only; `hash` covers the row and the hash before it."""

    id = IntegerField(primary_key=True)
    at = BigIntegerField()
    login = TextField()
    uid = IntegerField()
    action = TextField()
    target = TextField()
    before = TextField(null=True)
    after = TextField(null=True)
    hash = TextField()

    class Meta:
        """Table name."""

        table_name = "audit"


ALL: tuple[type[StoreModel], ...] = (
    MetaModel,
    WebhookModel,
    RevisionModel,
    EventModel,
    DeliveryModel,
    BodyModel,
    PastBodyModel,
    AttemptModel,
    CounterModel,
    JobModel,
    AuditModel,
)


# Indexes serve named queries (`queries/`), whose plans are tested. With the columns after the time,
# other conditions need no lookup of the row. A partial index serves only a query that repeats its
# condition with literal values: the conditions below are for both.

_D = DeliveryModel

PENDING = ValueLiterals(_D.status == "pending")
MISSED = ValueLiterals(_D.status.in_(("failed", "discarded")))
RARE_KIND = ValueLiterals(_D.kind.in_(("test", "replay")))
TROUBLE = ValueLiterals(_D.http_status >= 300)  # noqa: PLR2004  # answers that are not a success


def _index(name: str, *fields: Any, where: Any = None, unique: bool = False) -> None:
    model = fields[0].model
    model.add_index(model.index(*fields, name=name, where=where, unique=unique, safe=False))


_index("webhooks_name", WebhookModel.name, where=WebhookModel.deleted_at.is_null(), unique=True)
_index("events_received", EventModel.received_at, EventModel.event_type, EventModel.project_id)
_index("deliveries_event", _D.event_row)
_index("deliveries_created", _D.created_at)
_index("deliveries_webhook", _D.webhook, _D.created_at, _D.event_type, _D.project_id)
_index("deliveries_type", _D.event_type, _D.created_at, _D.webhook, _D.project_id)
_index(
    "deliveries_project",
    *(_D.project_id, _D.created_at, _D.webhook, _D.event_type),
    where=_D.project_id.is_null(False),
)
_index("deliveries_kind", _D.kind, _D.created_at, where=RARE_KIND)
_index(
    "deliveries_missed",
    *(_D.status, _D.created_at, _D.webhook, _D.event_type, _D.project_id, _D.http_status),
    where=MISSED,
)
_index(
    "deliveries_missed_by_webhook",
    *(_D.webhook, _D.status, _D.created_at, _D.event_type, _D.project_id, _D.http_status),
    where=MISSED,
)
_index(
    "deliveries_trouble",
    *(_D.http_status, _D.created_at, _D.webhook, _D.event_type, _D.project_id),
    where=TROUBLE,
)
_index("deliveries_due", _D.webhook, _D.next_attempt_at, _D.id, where=PENDING)
_index("deliveries_changed", _D.changed_seq)
_index("past_bodies_delivery", PastBodyModel.delivery, PastBodyModel.before_attempt)
_index("attempts_delivery", AttemptModel.delivery, AttemptModel.number, unique=True)
