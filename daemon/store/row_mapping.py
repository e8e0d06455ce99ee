"""Deliveries read back from their rows."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from daemon.domain.deliveries.lifecycle import DeliveryKind, DeliveryStatus, ManualRetry
from daemon.domain.deliveries.outcome import ErrorKind, Failure
from daemon.store.records import DeliveryRecord

SELECT = (
    "SELECT d.id, d.uid, d.event_row, e.event_id, d.event_type, d.webhook_id, d.project_id,"
    " e.project_name, d.created_at, d.kind, d.status, d.reason, d.attempt, d.max_attempts,"
    " d.tries, d.deaths, d.manual, d.http_status, d.error_kind, d.error_message, d.duration_ms,"
    " d.next_attempt_at, d.finished_at, d.lease_seq, d.lease_owner, d.job_id"
    " FROM deliveries d JOIN events e ON e.id = d.event_row "
)


def record_of(row: tuple[Any, ...]) -> DeliveryRecord:
    """The record of a row of `SELECT`."""
    return DeliveryRecord(
        row=row[0],
        uid=row[1],
        event_row=row[2],
        event_id=row[3],
        event_type=row[4],
        webhook=row[5],
        project_id=row[6],
        project_name=row[7],
        created_at=row[8],
        kind=DeliveryKind(row[9]),
        status=DeliveryStatus(row[10]),
        reason=row[11],
        attempt=row[12],
        max_attempts=row[13],
        tries=row[14],
        deaths=row[15],
        manual=ManualRetry(row[16]),
        http_status=row[17],
        error=None if row[18] is None else Failure(ErrorKind(row[18]), row[19]),
        duration_ms=row[20],
        next_attempt_at=row[21],
        finished_at=row[22],
        lease_seq=row[23],
        in_flight=row[24] is not None,
        job=row[25],
    )


def deliveries(
    connection: sqlite3.Connection, tail: str, params: Iterable[Any] = ()
) -> list[DeliveryRecord]:
    """The deliveries that `tail` (WHERE …, over `d` and `e`) selects."""
    return [record_of(row) for row in connection.execute(SELECT + tail, tuple(params))]
