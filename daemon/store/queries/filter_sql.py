"""The filter language as SQL (interfaces.md, Filters), and the indexes that fit each filter."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

from daemon.domain.filters.keys import FilteredList, FilterKey, http_range, keys_of
from daemon.domain.filters.parser import Filter, Group
from daemon.store.database import Database, execute
from daemon.store.queries.index_scans import IndexScan, KeyRange, ScanSearch, ScanTable
from daemon.store.queries.sql import Sql, any_of, every, negated, one_of
from daemon.store.queries.text import delivery_holds, event_holds

DELIVERIES = ScanTable("deliveries", "d", "created_at")
EVENTS = ScanTable("events", "e", "received_at")

WebhookRows = Callable[[str], Iterable[int]]
"""The rows of all webhooks of a name or id, deleted ones too."""

_ALL = frozenset({"pending", "succeeded", "failed", "discarded"})
_NOT_SUCCEEDED = frozenset({"pending", "failed", "discarded"})
_RARE_KINDS = frozenset({"test", "replay"})
_TROUBLE = 300
_MOST_WALKS = 32
"""Values of one index that are walked side by side; a filter with more takes another way."""

_FEW_PENDING = 20_000

_PENDING = (
    "SELECT count(*) FROM (SELECT 1 FROM deliveries INDEXED BY deliveries_due"
    " WHERE status = 'pending' LIMIT ?)"
)

# From one value to the next: as many steps as there are values, however many rows have them.
_CODES = """
WITH RECURSIVE codes(code) AS (
  SELECT (SELECT min(http_status) FROM deliveries WHERE http_status >= 300 AND http_status >= ?1)
  UNION ALL
  SELECT (SELECT min(http_status) FROM deliveries WHERE http_status >= 300 AND http_status > code)
  FROM codes WHERE code <= ?2
) SELECT code FROM codes WHERE code <= ?2
"""
_TYPES = """
WITH RECURSIVE types(name) AS (
  SELECT (SELECT min(event_type) FROM deliveries WHERE event_type >= ?1)
  UNION ALL
  SELECT (SELECT min(event_type) FROM deliveries WHERE event_type > name)
  FROM types WHERE name < ?2
) SELECT name FROM types WHERE name < ?2
"""


def search_deliveries(db: Database, wanted: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """What `wanted` means for deliveries."""
    cheap = [group for group in wanted.groups if group.key is not FilterKey.TEXT]
    words = [group for group in wanted.groups if group.key is FilterKey.TEXT]
    return ScanSearch(
        DELIVERIES,
        every(_over_delivery(group, webhook_rows) for group in cheap),
        KeyRange(wanted.since, wanted.until),
        tuple(_ways(db, cheap, webhook_rows)),
        _worded(words),
    )


def search_events(wanted: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """What `wanted` means for events; what only deliveries have is asked of an event's deliveries.

    An event has `status:failed` when one of its deliveries has, `-status:failed` when none has.
    """
    words = [group for group in wanted.groups if group.key is FilterKey.TEXT]
    rest = [group for group in wanted.groups if group.key is not FilterKey.TEXT]
    own = [group for group in rest if group.key in _KEYS_OF_EVENTS]
    theirs = [group for group in rest if group.key not in _KEYS_OF_EVENTS]
    costly = [_exists(theirs, webhook_rows)] if theirs else []
    if words:
        costly.append(every(_said(group, event_holds) for group in words))
    by_id = any(group.key is FilterKey.EVENT and not group.negated for group in own)
    return ScanSearch(
        EVENTS,
        every(_over_event(group) for group in own),
        KeyRange(wanted.since, wanted.until),
        ((IndexScan(None if by_id else "events_received"),),),
        every(costly) if costly else None,
    )


_KEYS_OF_EVENTS = frozenset(keys_of(FilteredList.EVENTS))


def holding_text(
    db: Database, wanted: Filter, deliveries: Sequence[str], events: Sequence[str]
) -> set[str]:
    """Those of these delivery and event ids that have the free text of a filter in them."""
    words = [group for group in wanted.groups if group.key is FilterKey.TEXT]
    found: set[str] = set()
    for ids, column, source, holds in (
        (deliveries, "d.uid", "deliveries d", delivery_holds),
        (events, "e.event_id", "events e", event_holds),
    ):
        condition = every([one_of(column, ids), *(_said(group, holds) for group in words)])
        sql = f"SELECT {column} FROM {source} WHERE {condition.text}"
        found.update(uid for (uid,) in execute(db, sql, condition.params))
    return found


def _over_delivery(group: Group, webhook_rows: WebhookRows) -> Sql:
    match group.key:
        case FilterKey.STATUS:
            piece = one_of("d.status", group.values)
        case FilterKey.HTTP:
            piece = any_of(_http(value) for value in group.values)
        case FilterKey.WEBHOOK:
            piece = one_of("d.webhook_id", _rows(group, webhook_rows))
        case FilterKey.KIND:
            piece = one_of("d.kind", group.values)
        case FilterKey.EVENT:
            ids = one_of("event_id", group.values)
            piece = Sql(f"d.event_row IN (SELECT id FROM events WHERE {ids.text})", ids.params)
        case FilterKey.TYPE | FilterKey.PROJECT:
            piece = _typed("d", group)
        case FilterKey.TEXT | FilterKey.SINCE | FilterKey.UNTIL:
            raise ValueError(f"{group.key} is not a condition of one column")
        case _:
            assert_never(group.key)
    return negated(piece) if group.negated else piece


def _over_event(group: Group) -> Sql:
    match group.key:
        case FilterKey.EVENT:
            piece = one_of("e.event_id", group.values)
        case FilterKey.TYPE | FilterKey.PROJECT:
            piece = _typed("e", group)
        case _:
            raise ValueError(f"events have no {group.key}")
    return negated(piece) if group.negated else piece


def _typed(alias: str, group: Group) -> Sql:
    """Type and project, which deliveries repeat of their events."""
    if group.key is FilterKey.PROJECT:
        return one_of(f"{alias}.project_id", group.values)
    return any_of(_type(f"{alias}.event_type", value) for value in group.values)


def _type(column: str, value: str) -> Sql:
    if not value.endswith(".*"):
        return Sql(f"{column} = ?", (value,))
    prefix = value[:-1]
    return Sql(f"({column} >= ? AND {column} < ?)", (prefix, f"{prefix[:-1]}/"))  # "/" follows "."


def _http(value: str) -> Sql:
    codes = http_range(value)
    if codes is None:
        return Sql("d.http_status IS NULL")
    if codes[0] == codes[1]:
        return Sql("d.http_status = ?", codes[:1])
    return Sql("d.http_status BETWEEN ? AND ?", codes)


def _exists(groups: Sequence[Group], webhook_rows: WebhookRows) -> Sql:
    """One delivery that has all that is wanted, and none that has what is not."""
    of_event = "SELECT 1 FROM deliveries d WHERE d.event_row = e.id AND"
    wanted = [_over_delivery(group, webhook_rows) for group in groups if not group.negated]
    pieces = []
    if wanted:
        all_wanted = every(wanted)
        pieces.append(Sql(f"EXISTS ({of_event} ({all_wanted.text}))", all_wanted.params))
    for group in groups:
        if group.negated:
            one = _over_delivery(Group(group.key, group.values), webhook_rows)
            pieces.append(Sql(f"NOT EXISTS ({of_event} ({one.text}))", one.params))
    return every(pieces)


def _worded(words: Sequence[Group]) -> Sql | None:
    return every(_said(group, delivery_holds) for group in words) if words else None


def _said(group: Group, holds: Callable[[str], Sql]) -> Sql:
    piece = any_of(holds(value) for value in group.values)
    return negated(piece) if group.negated else piece


def _ways(
    db: Database, groups: Sequence[Group], webhook_rows: WebhookRows
) -> Iterable[tuple[IndexScan, ...]]:
    """The indexes whose order is the list's for these groups, most promising first."""
    wanted = [group for group in groups if not group.negated]
    if any(group.key is FilterKey.EVENT for group in wanted):
        # A handful of rows, whose order SQLite may work out itself.
        yield (IndexScan("deliveries_event"),)
        return
    statuses = _statuses(groups)
    if "succeeded" not in statuses:
        by_status = {status: _status_walk(db, status) for status in sorted(statuses)}
        for group in wanted:
            if group.key is FilterKey.WEBHOOK:
                missed = _missed_walks(by_status, _rows(group, webhook_rows))
                if len(missed) <= _MOST_WALKS:
                    yield tuple(missed)
        yield tuple(by_status.values())
    for group in sorted(wanted, key=lambda group: _PREFERRED.index(group.key)):
        walks = _walks(db, group, webhook_rows)
        if walks is not None and len(walks) <= _MOST_WALKS:
            yield tuple(walks)
    yield (IndexScan("deliveries_created"),)


_PREFERRED = (
    FilterKey.HTTP,
    FilterKey.KIND,
    FilterKey.PROJECT,
    FilterKey.WEBHOOK,
    FilterKey.TYPE,
    FilterKey.STATUS,
)


def _walks(db: Database, group: Group, webhook_rows: WebhookRows) -> list[IndexScan] | None:
    """The walks that lead past all rows of a group and no others; None: there are none."""
    match group.key:
        case FilterKey.HTTP:
            return _code_walks(db, group.values)
        case FilterKey.KIND if set(group.values) <= _RARE_KINDS:
            guard = "d.kind = ? AND d.kind IN ('test', 'replay')"
            return [IndexScan("deliveries_kind", Sql(guard, (kind,))) for kind in group.values]
        case FilterKey.PROJECT:
            fixed = "d.project_id = ?"
            return [IndexScan("deliveries_project", Sql(fixed, (one,))) for one in group.values]
        case FilterKey.WEBHOOK:
            fixed = "d.webhook_id = ?"
            rows = _rows(group, webhook_rows)
            return [IndexScan("deliveries_webhook", Sql(fixed, (row,))) for row in rows]
        case FilterKey.TYPE:
            fixed = "d.event_type = ?"
            types = _types_met(db, group.values)
            return [IndexScan("deliveries_type", Sql(fixed, (one,))) for one in types]
    return None


def _status_walk(db: Database, status: str) -> IndexScan:
    """The way past the deliveries of a status that is not "succeeded".

    What is pending has no index of its own but the one of due times: where few are, they are found
    there and sorted; where many are, they are met often enough on the way past everything.
    """
    if status != "pending":
        guard = "d.status = ? AND d.status IN ('failed', 'discarded')"
        return IndexScan("deliveries_missed", Sql(guard, (status,)))
    fixed = Sql("d.status = 'pending'")
    few = execute(db, _PENDING, (_FEW_PENDING,)).fetchone()[0] < _FEW_PENDING
    return (
        IndexScan("deliveries_due", fixed)
        if few
        else IndexScan("deliveries_created", fixed, dense=True)
    )


def _missed_walks(by_status: Mapping[str, IndexScan], webhooks: Iterable[int]) -> list[IndexScan]:
    """The ways past what of some webhooks did not succeed, given those past everybody's."""
    walks = []
    guard = "d.webhook_id = ? AND d.status = ? AND d.status IN ('failed', 'discarded')"
    for status, walk in by_status.items():
        if status == "pending":
            walks.append(walk)
        else:
            fixed = [Sql(guard, (row, status)) for row in webhooks]
            walks += [IndexScan("deliveries_missed_by_webhook", each) for each in fixed]
    return walks


def _statuses(groups: Iterable[Group]) -> frozenset[str]:
    """The statuses that a match can have at all."""
    possible = _ALL
    for group in groups:
        values = frozenset(group.values)
        if group.key is FilterKey.STATUS:
            possible = possible - values if group.negated else possible & values
        elif group.key is FilterKey.HTTP and not group.negated and all(map(_no_success, values)):
            possible &= _NOT_SUCCEEDED
    return possible


def _no_success(value: str) -> bool:
    """Whether a delivery with this answer cannot have succeeded."""
    codes = http_range(value)
    return codes is None or codes[0] >= _TROUBLE


def _code_walks(db: Database, values: Iterable[str]) -> list[IndexScan] | None:
    """The answers there are of these; None where they are not all in the index of troubles."""
    codes: set[int] = set()
    for value in values:
        meant = http_range(value)
        if meant is None or meant[0] < _TROUBLE:
            return None
        codes.update(code for (code,) in execute(db, _CODES, meant))
    guard = "d.http_status = ? AND d.http_status >= 300"
    return [IndexScan("deliveries_trouble", Sql(guard, (code,))) for code in sorted(codes)]


def _types_met(db: Database, values: Iterable[str]) -> list[str]:
    """The types there are of these names and patterns."""
    types: set[str] = set()
    for value in values:
        if value.endswith(".*"):
            bounds = _type("", value).params
            types.update(name for (name,) in execute(db, _TYPES, bounds))
        else:
            types.add(value)
    return sorted(types)


def _rows(group: Group, webhook_rows: WebhookRows) -> list[int]:
    return sorted({row for name in group.values for row in webhook_rows(name)})
