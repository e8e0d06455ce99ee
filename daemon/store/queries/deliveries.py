"""Reads deliveries: pages, the backlog, and one delivery with its attempts and bodies."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from peewee import JOIN, SqliteDatabase

from daemon.domain.deliveries.outcome import ErrorKind, Failure, Phases
from daemon.domain.deliveries.request import Signatures
from daemon.store.cipher import Cipher, KeyProblem, SentShape, open_shape
from daemon.store.database import Readers
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.dialect.sqlite import text_of
from daemon.store.models import (
    PENDING,
    AttemptModel,
    BodyModel,
    DeliveryModel,
    EventModel,
    PastBodyModel,
    RevisionModel,
)
from daemon.store.records import DeliveryRecord

_signatures = msgspec.json.Decoder(Signatures)
_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...])

UNREADABLE = "(cannot be read: the key file does not belong to this database)"


class AttemptRecord(msgspec.Struct, frozen=True):
    """A row of `attempts` with its revision's request. Headers are None without an answer."""

    number: int
    manual: bool
    started_at: int
    duration_ms: int
    phases: Phases
    http_status: int | None
    error: Failure | None
    signatures: Signatures
    sent: SentShape
    response_headers: tuple[tuple[str, str], ...] | None
    response_body: bytes
    truncated: bool


class StoredDelivery(msgspec.Struct, frozen=True):
    """A delivery with its event's payload, its custom body if it has one, and every attempt.

    `past` has the bodies that were sent before a manual retry rendered the body again, oldest
    first: the first attempt after each, and the body (None: the payload).
    """

    record: DeliveryRecord
    payload: bytes
    body: bytes | None
    attempts: list[AttemptRecord]
    past: list[tuple[int, bytes | None]] = []

    def own_body_of(self, attempt: int) -> bytes | None:
        """The custom body that this attempt sent; None when it sent the payload."""
        return next((body for before, body in self.past if attempt < before), self.body)


class Backlog:
    """Waiting deliveries that are not claimed, as the dispatcher reads them."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    async def earliest(self, webhook: int, most: int) -> list[DeliveryRecord]:
        """The `most` deliveries of a webhook that are due first, due or not."""
        waiting = select_deliveries(
            DeliveryModel.webhook == webhook, PENDING, DeliveryModel.lease_owner.is_null()
        ).order_by(DeliveryModel.next_attempt_at, DeliveryModel.id)
        return await self._readers.run(lambda db: fetch(db, waiting.limit(most)))


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[DeliveryRecord]:
    """The deliveries of these rows, in this order; rows that are gone are left out."""
    records = {record.row: record for record in fetch(db, _of_rows(len(rows)), rows)}
    return [records[row] for row in rows if row in records]


@lru_cache(maxsize=64)
def _of_rows(n: int) -> str:
    """The query for `n` rows. Lists ask for the same few numbers of rows all the time."""
    return text_of(select_deliveries(DeliveryModel.id.in_([0] * n)))


def by_uid(db: SqliteDatabase, uid: str) -> DeliveryRecord | None:
    """The delivery with this id."""
    found = fetch(db, select_deliveries(DeliveryModel.uid == uid))
    return found[0] if found else None


def of_event(db: SqliteDatabase, event_row: int) -> list[DeliveryRecord]:
    """The deliveries of an event, oldest first."""
    of_it = select_deliveries(DeliveryModel.event_row == event_row)
    return fetch(db, of_it.order_by(DeliveryModel.id))


def whole(db: SqliteDatabase, uid: str, cipher: Cipher) -> StoredDelivery | None:
    """The delivery with this id, its attempts and its bodies."""
    record = by_uid(db, uid)
    if record is None:
        return None
    row = record.row
    payload = EventModel.select(EventModel.payload).where(EventModel.id == record.event_row)
    sealed = BodyModel.select(BodyModel.sealed).where(BodyModel.delivery == row)
    attempts = (
        AttemptModel.select(AttemptModel, RevisionModel.sealed.alias("shape"))
        .join(RevisionModel, JOIN.LEFT_OUTER, on=RevisionModel.id == AttemptModel.revision)
        .where(AttemptModel.delivery == row)
        .order_by(AttemptModel.number)
    )
    return StoredDelivery(
        record,
        payload.scalar(db),
        _body(f"body:{row}", sealed.scalar(db), cipher),
        _attempts(attempts.namedtuples().execute(db), cipher),
        _past(db, row, cipher),
    )


def _past(db: SqliteDatabase, row: int, cipher: Cipher) -> list[tuple[int, bytes | None]]:
    query = PastBodyModel.select().where(PastBodyModel.delivery == row)
    found = query.order_by(PastBodyModel.before_attempt).namedtuples().execute(db)
    return [
        (
            each.before_attempt,
            None if each.plain else _body(f"past_body:{each.id}", each.sealed, cipher) or b"",
        )
        for each in found
    ]


def _body(identity: str, sealed: bytes | None, cipher: Cipher) -> bytes | None:
    if sealed is None:
        return None
    try:
        return cipher.open(sealed, identity)
    except KeyProblem:
        return UNREADABLE.encode()


def _attempts(rows: Iterable[Any], cipher: Cipher) -> list[AttemptRecord]:
    shapes: dict[int, SentShape] = {}
    attempts = []
    for row in rows:
        if row.revision not in shapes:
            shapes[row.revision] = _shape(row.revision, row.shape, cipher)
        attempts.append(_attempt(row, shapes[row.revision]))
    return attempts


def _attempt(row: Any, sent: SentShape) -> AttemptRecord:
    kind, headers = row.error_kind, row.response_headers
    return AttemptRecord(
        number=row.number,
        manual=row.manual,
        started_at=row.started_at,
        duration_ms=row.duration_ms,
        phases=Phases(row.dns_ms, row.connect_ms, row.tls_ms, row.first_byte_ms),
        http_status=row.http_status,
        error=None if kind is None else Failure(ErrorKind(kind), row.error_message or ""),
        signatures=Signatures() if row.signatures is None else _signatures.decode(row.signatures),
        sent=sent,
        response_headers=None if headers is None else _headers.decode(headers),
        response_body=row.response_body or b"",
        truncated=row.truncated,
    )


def _shape(revision: int, sealed: bytes | None, cipher: Cipher) -> SentShape:
    """The request of a revision; empty for a deleted webhook."""
    if sealed is None:
        return SentShape("", ())
    try:
        return open_shape(revision, sealed, cipher)
    except KeyProblem:
        return SentShape(UNREADABLE, ())
