"""The backlog as the dispatcher reads it: what waits in the store, earliest first."""

from peewee import SqliteDatabase

from daemon.store.database import Readers, connection_of
from daemon.store.records import DeliveryRecord
from daemon.store.row_mapping import deliveries


class Backlog:
    """Waiting deliveries that nobody has claimed."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def earliest(self, webhook: int, most: int) -> list[DeliveryRecord]:
        """The `most` deliveries of a webhook that are due first, due or not."""

        def read(db: SqliteDatabase) -> list[DeliveryRecord]:
            return deliveries(
                connection_of(db),
                "WHERE d.webhook_id = ? AND d.status = 'pending' AND d.lease_owner IS NULL"
                " ORDER BY d.next_attempt_at, d.id LIMIT ?",
                (webhook, most),
            )

        return await self._readers.run(read)
