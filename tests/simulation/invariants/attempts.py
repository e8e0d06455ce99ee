"""Attempts are written down once each, in order, and agree with what receivers saw."""

from collections import Counter, defaultdict
from typing import Any

from daemon.domain.deliveries.outcome import ErrorKind
from tests.simulation.oracle import ExpectedDelivery
from tests.simulation.world import World

_UNSENT = (ErrorKind.INTERRUPTED.value, ErrorKind.TEMPLATE.value)


def check(world: World, daemon: Any) -> None:
    rows: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for delivery, *attempt in daemon.service.db.execute_sql(
        "SELECT delivery_row, number, manual, http_status, error_kind, duration_ms FROM attempts"
        " ORDER BY delivery_row, number"
    ):
        rows[delivery].append(tuple(attempt))
    stored = {row for (row,) in daemon.service.db.execute_sql("SELECT id FROM deliveries")}
    for delivery in rows.keys() - stored:
        world.violation(f"attempts of delivery {delivery} outlive it")
    sent = Counter(arrival.delivery for arrival in world.receivers.arrivals)
    for row, known in world.oracle.deliveries.items():
        if row in stored:
            _check_rows(world, known, rows[row])
        _check_sent(world, known, sent[known.record.uid])
    for uid in sent.keys() - world.oracle.rows.keys():
        world.violation(f"delivery {uid} was received and never committed")
    _check_interrupted(world)


def _check_rows(world: World, known: ExpectedDelivery, rows: list[tuple[Any, ...]]) -> None:
    """Numbered from 1 without a gap, and as told."""
    told = [
        (tried.number, int(tried.manual != 0), tried.http_status, tried.kind, tried.duration_ms)
        for tried in known.attempts
    ]
    if rows != told or [number for number, *_ in rows] != list(range(1, len(rows) + 1)):
        world.violation(f"attempts of delivery {known.record.row} are {rows}, told were {told}")


def _check_sent(world: World, known: ExpectedDelivery, sent: int) -> None:
    """Whatever was sent is an attempt; whatever ended on the wire was sent."""
    ended = sum(tried.kind not in _UNSENT for tried in known.attempts)
    most = sum(tried.kind != ErrorKind.TEMPLATE.value for tried in known.attempts)
    if not ended <= sent <= most:
        world.violation(
            f"delivery {known.record.row} was received {sent} times; {ended} attempts ended,"
            f" {most} were made"
        )


def _check_interrupted(world: World) -> None:
    """Nothing is interrupted but by a death, the sender's too, or by a stop that did not wait."""
    cuts = Counter(each.delivery for each in world.receivers.arrivals if each.cut)
    cut = sum(
        tried.kind == ErrorKind.INTERRUPTED.value
        for known in world.oracle.deliveries.values()
        for tried in known.attempts
    )
    if cut > cuts.total() and not world.deaths and world.settings.delivery.drain > 10:
        world.violation(f"{cut} attempts were interrupted and the daemon never died")
    for known in world.oracle.deliveries.values():
        if known.record.deaths > world.deaths + cuts[known.record.uid]:
            world.violation(f"delivery {known.record.row} died {known.record.deaths} times")
