"""What failed or was discarded, by webhook.

"What of this webhook failed?" is asked at three in the morning, and again by the list of webhooks.
The index of all that failed leads past everybody else's failures to count one webhook's.
"""


def up(migrator, db):
    """Make the index; it holds only what did not succeed, so most deliveries never touch it."""
    db.execute_sql(
        "CREATE INDEX deliveries_missed_by_webhook"
        " ON deliveries (webhook_id, status, created_at, event_type, project_id, http_status)"
        " WHERE status IN ('failed', 'discarded')"
    )
