"""The tables. Times are wall-clock milliseconds since the epoch.

Models carry no database: the writer and the readers each run queries on their own connection
(`query.execute(db)`). Their shape is made by `migrations/`; a test holds the two together.

`changed_seq` is the number of the last change that touched the row, the one that `/v1/watch`
counts in: a client that was away reads what is above the number it saw last.
"""

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CompositeKey,
    FloatField,
    IntegerField,
    Model,
    TextField,
)


class StoreModel(Model):
    """What all tables share."""

    class MetaModel:
        """Names as they stand in SQL."""

        legacy_table_names = False


class MetaModel(StoreModel):
    """Single facts about the store: the last change's number, the key that seals, the instance."""

    key = TextField(primary_key=True)
    value = TextField()


class WebhookModel(StoreModel):
    """A webhook; a deleted one stays for its history, emptied of all that was secret.

    `config` is the JSON of a `WebhookConfig` with everything blanked that must not be readable in
    a copied database; `sealed` holds that, encrypted (rules.md §2).
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
    version = IntegerField(default=1)
    state = TextField(default="active")
    paused_reason = TextField(null=True)
    paused_at = BigIntegerField(null=True)
    streak = IntegerField(default=0)
    last_triggered_at = BigIntegerField(null=True)
    managed_by = TextField(null=True)
    created_at = BigIntegerField()
    updated_at = BigIntegerField()
    deleted_at = BigIntegerField(null=True)
    changed_seq = BigIntegerField(default=0)

    class MetaModel:
        """Table name."""

        table_name = "webhooks"


class RevisionModel(StoreModel):
    """What an attempt sent besides the body, for history: URL and headers, credentials masked.

    One row for each save of a webhook, so that an attempt needs only its number.
    """

    id = IntegerField(primary_key=True)
    webhook = IntegerField(column_name="webhook_id")
    sealed = BlobField(null=True)

    class MetaModel:
        """Table name."""

        table_name = "revisions"


class EventModel(StoreModel):
    """An event that was taken in. `payload` is the default body, byte for byte as it is sent.

    `decisions` is the compact record of `domain.routing` that explain shows.
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
    matched = IntegerField(default=0)
    webhooks = IntegerField(default=0)
    changed_seq = BigIntegerField(default=0)

    class MetaModel:
        """Table name."""

        table_name = "events"


class DeliveryModel(StoreModel):
    """One event for one webhook.

    `lease_owner` and `lease_seq` are the claim: the instance that has it in hand, and a number
    that grows with each claim so that an outcome of an older one changes nothing. `tries` counts
    automatic attempts that used up a try, `deaths` the attempts that the daemon's end cut. `manual`
    is a `lifecycle.ManualRetry`.
    """

    id = IntegerField(primary_key=True)
    uid = TextField(unique=True)
    event = IntegerField(column_name="event_row")
    webhook = IntegerField(column_name="webhook_id")
    event_type = TextField()
    project_id = TextField(null=True)
    kind = TextField(default="event")
    status = TextField(default="pending")
    reason = TextField(null=True)
    attempt = IntegerField(default=0)
    max_attempts = IntegerField(default=3)
    tries = IntegerField(default=0)
    deaths = IntegerField(default=0)
    manual = IntegerField(default=0)
    http_status = IntegerField(null=True)
    error_kind = TextField(null=True)
    error_message = TextField(null=True)
    duration_ms = IntegerField(null=True)
    created_at = BigIntegerField()
    next_attempt_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    lease_owner = TextField(null=True)
    lease_seq = IntegerField(default=0)
    job = IntegerField(column_name="job_id", null=True)
    changed_seq = BigIntegerField(default=0)

    class MetaModel:
        """Table name."""

        table_name = "deliveries"


class BodyModel(StoreModel):
    """A custom body as rendered for one delivery, encrypted; or why it could not be rendered."""

    delivery = IntegerField(column_name="delivery_row", primary_key=True)
    sealed = BlobField(null=True)
    problem = TextField(null=True)

    class MetaModel:
        """Table name."""

        table_name = "bodies"


class PastBodyModel(StoreModel):
    """The body that attempts before `before_attempt` sent; a manual retry makes it anew.

    `plain`: it was the event's payload, and nothing is kept of it here.
    """

    id = IntegerField(primary_key=True)
    delivery = IntegerField(column_name="delivery_row")
    before_attempt = IntegerField()
    plain = BooleanField()
    sealed = BlobField(null=True)

    class MetaModel:
        """Table name."""

        table_name = "past_bodies"


class AttemptModel(StoreModel):
    """One attempt. Its request is made again from `revision`, the body and the start's second."""

    id = IntegerField(primary_key=True)
    delivery = IntegerField(column_name="delivery_row")
    number = IntegerField()
    manual = BooleanField(default=False)
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
    truncated = BooleanField(default=False)

    class MetaModel:
        """Table name."""

        table_name = "attempts"


class CounterModel(StoreModel):
    """A count for a webhook in a span of time: `total` for ever, `minute`, `hour` for the plots.

    Metrics: `pending` `succeeded` `failed` `discarded` `attempts` `pruned`, `http:2xx` and the
    like, and `ms:N` for attempts whose duration fell into bin N (`domain.statistics`).
    """

    webhook = IntegerField(column_name="webhook_id")
    span = TextField()
    at = BigIntegerField()
    metric = TextField()
    n = BigIntegerField()

    class MetaModel:
        """Table name and key."""

        table_name = "counters"
        primary_key = CompositeKey("span", "at", "webhook", "metric")
        without_rowid = True


class JobModel(StoreModel):
    """A bulk retry or replay; `position` and `position_at`: the last row taken, to go on behind."""

    id = IntegerField(primary_key=True)
    uid = TextField(unique=True)
    kind = TextField()
    state = TextField(default="running")
    filter_text = TextField(column_name="filter")
    webhook = IntegerField(column_name="webhook_id", null=True)
    most = IntegerField(null=True)
    rate = FloatField(null=True)
    matched = IntegerField(default=0)
    started = IntegerField(default=0)
    succeeded = IntegerField(default=0)
    failed = IntegerField(default=0)
    position = IntegerField(null=True)
    position_at = BigIntegerField(null=True)
    last = IntegerField(default=0)
    by = TextField()
    error = TextField(null=True)
    created_at = BigIntegerField()
    finished_at = BigIntegerField(null=True)
    changed_seq = BigIntegerField(default=0)

    class MetaModel:
        """Table name."""

        table_name = "jobs"


class AuditModel(StoreModel):
    """Who did what. Append-only; `hash` covers the row and the hash before it."""

    id = IntegerField(primary_key=True)
    at = BigIntegerField()
    login = TextField()
    uid = IntegerField()
    action = TextField()
    target = TextField()
    before = TextField(null=True)
    after = TextField(null=True)
    hash = TextField()

    class MetaModel:
        """Table name."""

        table_name = "audit"


ALL = (
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
