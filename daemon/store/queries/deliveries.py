"""Deliveries as they are read: pages of the history, and one with all that is known of it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from peewee import SqliteDatabase

from daemon.domain.deliveries.outcome import ErrorKind, Failure, Phases
from daemon.domain.deliveries.request import Signatures
from daemon.store.cipher import Cipher, KeyProblem
from daemon.store.database import connection_of, execute
from daemon.store.queries.sql import marks
from daemon.store.records import DeliveryRecord
from daemon.store.row_mapping import deliveries
from daemon.store.sealed_config import SentShape, open_shape

_signatures = msgspec.json.Decoder(Signatures)
_headers = msgspec.json.Decoder(tuple[tuple[str, str], ...])

UNREADABLE = "(cannot be read: the key file does not belong to this database)"

_ATTEMPTS = (
    "SELECT a.number, a.manual, a.started_at, a.duration_ms, a.dns_ms, a.connect_ms, a.tls_ms,"
    " a.first_byte_ms, a.http_status, a.error_kind, a.error_message, a.signatures,"
    " a.response_headers, a.response_body, a.truncated, a.revision, r.sealed"
    " FROM attempts a LEFT JOIN revisions r ON r.id = a.revision"
    " WHERE a.delivery_row = ? ORDER BY a.number"
)


class AttemptRecord(msgspec.Struct, frozen=True):
    """A row of `attempts` with what its revision sent. No headers: no answer was read."""

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


class DeliveryFile(msgspec.Struct, frozen=True):
    """A delivery with its event's payload, its own body if it has one, and every attempt.

    `past` holds what was sent before a manual retry made the body anew: up to which attempt, and
    the body (None: the payload), oldest first.
    """

    record: DeliveryRecord
    payload: bytes
    body: bytes | None
    attempts: list[AttemptRecord]
    past: list[tuple[int, bytes | None]] = []

    def own_body_of(self, attempt: int) -> bytes | None:
        """The custom body that this attempt sent; None: it sent the payload."""
        return next((body for before, body in self.past if attempt < before), self.body)


def by_rows(db: SqliteDatabase, rows: Sequence[int]) -> list[DeliveryRecord]:
    """The deliveries of these rows, in this order; rows that are gone are left out."""
    if not rows:
        return []
    found = deliveries(connection_of(db), f"WHERE d.id IN ({marks(rows)})", rows)
    records = {record.row: record for record in found}
    return [records[row] for row in rows if row in records]


def by_uid(db: SqliteDatabase, uid: str) -> DeliveryRecord | None:
    """The delivery with this id."""
    found = deliveries(connection_of(db), "WHERE d.uid = ?", (uid,))
    return found[0] if found else None


def of_event(db: SqliteDatabase, event_row: int) -> list[DeliveryRecord]:
    """What an event led to, oldest first."""
    return deliveries(connection_of(db), "WHERE d.event_row = ? ORDER BY d.id", (event_row,))


def whole(db: SqliteDatabase, uid: str, cipher: Cipher) -> DeliveryFile | None:
    """All that is known of the delivery with this id."""
    record = by_uid(db, uid)
    if record is None:
        return None
    payload, sealed = execute(
        db,
        "SELECT e.payload, b.sealed FROM events e LEFT JOIN bodies b ON b.delivery_row = ?"
        " WHERE e.id = ?",
        (record.row, record.event_row),
    ).fetchone()
    rows = execute(db, _ATTEMPTS, (record.row,)).fetchall()
    return DeliveryFile(
        record,
        payload,
        _body(f"body:{record.row}", sealed, cipher),
        _attempts(rows, cipher),
        _past(db, record.row, cipher),
    )


def _past(db: SqliteDatabase, row: int, cipher: Cipher) -> list[tuple[int, bytes | None]]:
    found = execute(
        db,
        "SELECT id, before_attempt, plain, sealed FROM past_bodies WHERE delivery_row = ?"
        " ORDER BY before_attempt",
        (row,),
    )
    return [
        (before, None if plain else _body(f"past_body:{number}", sealed, cipher) or b"")
        for number, before, plain, sealed in found
    ]


def _body(identity: str, sealed: bytes | None, cipher: Cipher) -> bytes | None:
    if sealed is None:
        return None
    try:
        return cipher.open(sealed, identity)
    except KeyProblem:
        return UNREADABLE.encode()


def _attempts(rows: Iterable[Sequence[Any]], cipher: Cipher) -> list[AttemptRecord]:
    shapes: dict[int, SentShape] = {}
    attempts = []
    for row in rows:
        revision, sealed = row[15], row[16]
        if revision not in shapes:
            shapes[revision] = _shape(revision, sealed, cipher)
        attempts.append(_attempt(row, shapes[revision]))
    return attempts


def _attempt(row: Sequence[Any], sent: SentShape) -> AttemptRecord:
    return AttemptRecord(
        number=row[0],
        manual=bool(row[1]),
        started_at=row[2],
        duration_ms=row[3],
        phases=Phases(*row[4:8]),
        http_status=row[8],
        error=None if row[9] is None else Failure(ErrorKind(row[9]), row[10] or ""),
        signatures=Signatures() if row[11] is None else _signatures.decode(row[11]),
        sent=sent,
        response_headers=None if row[12] is None else _headers.decode(row[12]),
        response_body=row[13] or b"",
        truncated=bool(row[14]),
    )


def _shape(revision: int, sealed: bytes | None, cipher: Cipher) -> SentShape:
    """What a revision sent; of a deleted webhook's nothing is left."""
    if sealed is None:
        return SentShape("", ())
    try:
        return open_shape(revision, sealed, cipher)
    except KeyProblem:
        return SentShape(UNREADABLE, ())
