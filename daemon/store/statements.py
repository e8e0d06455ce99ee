"""The hot statements, as text: what the writer runs thousands of times a second.

Peewee's builder costs more than the statement itself here (architecture.md, store); everything that
is not hot goes through the models of `tables`.
"""

from daemon.store.bulk_statements import Insert, Select, Update

EVENTS = Insert(
    "events",
    (
        "id",
        "event_id",
        "event_type",
        "project_id",
        "project_name",
        "given_timestamp",
        "payload",
        "received_at",
        "decisions",
        "matched",
        "webhooks",
        "changed_seq",
    ),
)

DELIVERIES = Insert(
    "deliveries",
    (
        "id",
        "uid",
        "event_row",
        "webhook_id",
        "event_type",
        "project_id",
        "kind",
        "status",
        "reason",
        "max_attempts",
        "created_at",
        "next_attempt_at",
        "finished_at",
        "lease_owner",
        "lease_seq",
        "job_id",
        "changed_seq",
    ),
)

BODIES = Insert("bodies", ("delivery_row", "sealed", "problem"))

ATTEMPTS = Insert(
    "attempts",
    (
        "delivery_row",
        "number",
        "manual",
        "started_at",
        "duration_ms",
        "dns_ms",
        "connect_ms",
        "tls_ms",
        "first_byte_ms",
        "http_status",
        "error_kind",
        "error_message",
        "revision",
        "signatures",
        "response_headers",
        "response_body",
        "truncated",
    ),
)

OUTCOMES = Update(
    "deliveries",
    "status = v.column4, reason = v.column5, attempt = v.column6, max_attempts = v.column7,"
    " tries = v.column8, manual = 0, http_status = v.column9, error_kind = v.column10,"
    " error_message = v.column11, duration_ms = v.column12, next_attempt_at = v.column13,"
    " finished_at = v.column14, lease_owner = NULL, changed_seq = v.column15",
    "deliveries.id = v.column1 AND lease_owner = v.column2 AND lease_seq = v.column3",
    15,
)
"""Only the holder of the claim may write an outcome: owner and fencing number are compared."""

COUNTERS = Insert(
    "counters",
    ("webhook_id", "span", "at", "metric", "n"),
    "ON CONFLICT (webhook_id, span, at, metric) DO UPDATE SET n = n + excluded.n",
)

META = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)

STANDINGS = Update(
    "webhooks",
    "streak = v.column2, changed_seq = v.column3,"
    " last_triggered_at = nullif(max(ifnull(last_triggered_at, 0), v.column4), 0)",
    "webhooks.id = v.column1",
    4,
)

_WAITS_AS_KNOWN = (
    "deliveries.id = v.column1 AND lease_seq = v.column2 AND status = 'pending'"
    " AND lease_owner IS NULL"
)
CLAIMABLE = Select("deliveries", _WAITS_AS_KNOWN, 2)
"""What is still to be had, and only as it was known: whatever was discarded, claimed or tried in
between stays out."""
CLAIM = Update(
    "deliveries", "lease_owner = v.column3, lease_seq = lease_seq + 1", _WAITS_AS_KNOWN, 3
)
