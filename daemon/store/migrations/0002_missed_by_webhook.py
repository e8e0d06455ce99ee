"""Failed and discarded deliveries, by webhook.

The history of one webhook's failures and the list of webhooks need it. With the index of all
failures, they would scan those of every other webhook.
"""


def up(migrator, db):
    """Create the index. It is partial, so succeeded deliveries do not change it."""
    db.execute_sql(
        "CREATE INDEX deliveries_missed_by_webhook"
        " ON deliveries (webhook_id, status, created_at, event_type, project_id, http_status)"
        " WHERE status IN ('failed', 'discarded')"
    )
