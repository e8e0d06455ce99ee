"""The filter language as conditions on the models, and the indexes that fit each filter.

For `status:failed type:scan.*` (interfaces.md, Filters) the condition is

    (DeliveryModel.status == "failed") & (event_type >= "scan.") & (event_type < "scan/")

and one access path to the matches is the index `deliveries_missed` with its status fixed to
"failed".
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, assert_never

from peewee import SQL, fn

from daemon.domain.filters.keys import FilteredList, FilterKey, http_range, keys_of
from daemon.domain.filters.parser import Filter, Group
from daemon.store.database import Database, execute
from daemon.store.dialect.sqlite import count_rows, indexed_by, text_of
from daemon.store.models import MISSED, PENDING, RARE_KIND, TROUBLE, DeliveryModel, EventModel
from daemon.store.queries.conditions import (
    Condition,
    any_of,
    delivery_contains,
    event_contains,
    every,
    negated,
    one_of,
)
from daemon.store.queries.index_scans import IndexScan, KeyRange, ScanSearch, ScanTable

_D, _E = DeliveryModel, EventModel
DELIVERIES = ScanTable(_D, _D.created_at)
EVENTS = ScanTable(_E, _E.received_at)

WebhookRows = Callable[[str], Iterable[int]]
"""The rows of all webhooks of a name or id, deleted ones too."""

_ALL = frozenset({"pending", "succeeded", "failed", "discarded"})
_NOT_SUCCEEDED = frozenset({"pending", "failed", "discarded"})
_RARE_KINDS = frozenset({"test", "replay"})
_TROUBLE = 300
_MOST_SCANS = 32
"""Values of one index that are scanned together; a filter with more uses another access path."""
_FEW_PENDING = 20_000


def search_deliveries(db: Database, filter_: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """The search for the deliveries that match a filter."""
    cheap = [group for group in filter_.groups if group.key is not FilterKey.TEXT]
    words = [group for group in filter_.groups if group.key is FilterKey.TEXT]
    return ScanSearch(
        DELIVERIES,
        every(_of_delivery(group, webhook_rows) for group in cheap),
        KeyRange(filter_.since, filter_.until),
        tuple(_paths(db, cheap, webhook_rows)),
        every(_contains(group, delivery_contains) for group in words) if words else None,
    )


def search_events(filter_: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """The search for the events that match a filter, or whose deliveries match its other keys.

    `status:failed` matches an event when one of its deliveries has failed, `-status:failed` when
    none has.
    """
    words = [group for group in filter_.groups if group.key is FilterKey.TEXT]
    rest = [group for group in filter_.groups if group.key is not FilterKey.TEXT]
    own = [group for group in rest if group.key in _KEYS_OF_EVENTS]
    theirs = [group for group in rest if group.key not in _KEYS_OF_EVENTS]
    costly = [_has_deliveries(theirs, webhook_rows)] if theirs else []
    costly += [_contains(group, event_contains) for group in words]
    by_id = any(group.key is FilterKey.EVENT and not group.negated for group in own)
    return ScanSearch(
        EVENTS,
        every(_of_event(group) for group in own),
        KeyRange(filter_.since, filter_.until),
        ((IndexScan(None if by_id else "events_received"),),),
        every(costly) if costly else None,
    )


_KEYS_OF_EVENTS = frozenset(keys_of(FilteredList.EVENTS))


def holding_text(
    db: Database, filter_: Filter, deliveries: Sequence[str], events: Sequence[str]
) -> set[str]:
    """The ids, among the given deliveries and events, of those that contain a filter's text."""
    words = [group for group in filter_.groups if group.key is FilterKey.TEXT]
    found: set[str] = set()
    for ids, field, contains in (
        (deliveries, _D.uid, delivery_contains),
        (events, _E.event_id, event_contains),
    ):
        condition = every([one_of(field, ids), *(_contains(group, contains) for group in words)])
        found.update(uid for (uid,) in db.execute(field.model.select(field).where(condition)))
    return found


def _of_delivery(group: Group, webhook_rows: WebhookRows) -> Condition:
    match group.key:
        case FilterKey.STATUS:
            condition = one_of(_D.status, group.values)
        case FilterKey.HTTP:
            condition = any_of(_http(value) for value in group.values)
        case FilterKey.WEBHOOK:
            condition = one_of(_D.webhook, _rows(group, webhook_rows))
        case FilterKey.KIND:
            condition = one_of(_D.kind, group.values)
        case FilterKey.EVENT:
            events = _E.select(_E.id).where(one_of(_E.event_id, group.values))
            condition = _D.event_row.in_(events)
        case FilterKey.PROJECT:
            condition = one_of(_D.project_id, group.values)
        case FilterKey.TYPE:
            condition = any_of(_type(_D.event_type, value) for value in group.values)
        case FilterKey.TEXT | FilterKey.SINCE | FilterKey.UNTIL:
            raise ValueError(f"{group.key} is not a condition of one column")
        case _:
            assert_never(group.key)
    return negated(condition) if group.negated else condition


def _of_event(group: Group) -> Condition:
    match group.key:
        case FilterKey.EVENT:
            condition = one_of(_E.event_id, group.values)
        case FilterKey.PROJECT:
            condition = one_of(_E.project_id, group.values)
        case FilterKey.TYPE:
            condition = any_of(_type(_E.event_type, value) for value in group.values)
        case _:
            raise ValueError(f"events have no {group.key}")
    return negated(condition) if group.negated else condition


def _type(field: Any, value: str) -> Condition:
    if not value.endswith(".*"):
        return field == value
    first, behind = _type_range(value)
    return (field >= first) & (field < behind)


def _type_range(pattern: str) -> tuple[str, str]:
    """The first type that a pattern such as `scan.*` can match, and the end: "/" follows "."."""
    prefix = pattern[:-1]
    return prefix, f"{prefix[:-1]}/"


def _http(value: str) -> Condition:
    codes = http_range(value)
    if codes is None:
        return _D.http_status.is_null()
    return _D.http_status == codes[0] if codes[0] == codes[1] else _D.http_status.between(*codes)


def _has_deliveries(groups: Sequence[Group], webhook_rows: WebhookRows) -> Condition:
    """One delivery meets all required conditions, and no delivery meets an excluded one."""

    def some(conditions: Iterable[Condition]) -> Condition:
        return fn.EXISTS(_D.select(_D.id).where(_D.event_row == _E.id, *conditions))

    required = [_of_delivery(group, webhook_rows) for group in groups if not group.negated]
    excluded = [Group(group.key, group.values) for group in groups if group.negated]
    return every(
        [
            *([some(required)] if required else []),
            *(~some([_of_delivery(group, webhook_rows)]) for group in excluded),
        ]
    )


def _contains(group: Group, contains: Callable[[str], Condition]) -> Condition:
    condition = any_of(contains(value) for value in group.values)
    return negated(condition) if group.negated else condition


# Access paths


def _paths(
    db: Database, groups: Sequence[Group], webhook_rows: WebhookRows
) -> Iterable[tuple[IndexScan, ...]]:
    """The access paths in the order of the list for these groups, best guess first."""
    required = [group for group in groups if not group.negated]
    if any(group.key is FilterKey.EVENT for group in required):
        # A few rows, which SQLite may sort.
        yield (IndexScan("deliveries_event"),)
        return
    statuses = _statuses(groups)
    if "succeeded" not in statuses:
        by_status = {status: _status_scan(db, status) for status in sorted(statuses)}
        for group in required:
            if group.key is FilterKey.WEBHOOK:
                missed = _missed_scans(by_status, _rows(group, webhook_rows))
                if len(missed) <= _MOST_SCANS:
                    yield tuple(missed)
        yield tuple(by_status.values())
    indexed = [group for group in required if group.key in _INDEXED]
    for group in sorted(indexed, key=lambda group: _INDEXED.index(group.key)):
        scans = _scans(db, group, webhook_rows)
        if scans is not None and len(scans) <= _MOST_SCANS:
            yield tuple(scans)
    yield (IndexScan("deliveries_created", dense=True),)  # past every row, so never past fewer


_INDEXED = (
    FilterKey.HTTP,
    FilterKey.KIND,
    FilterKey.PROJECT,
    FilterKey.WEBHOOK,
    FilterKey.TYPE,
    FilterKey.STATUS,
)
"""The keys that `_scans` may know an index for, most promising first. A key that is not here is
tested on the rows that another way meets."""


def _scans(db: Database, group: Group, webhook_rows: WebhookRows) -> list[IndexScan] | None:
    """The scans over exactly the rows of a group; None when no index has them."""
    match group.key:
        case FilterKey.HTTP:
            return _code_scans(db, group.values)
        case FilterKey.KIND if set(group.values) <= _RARE_KINDS:
            kinds = group.values
            return [IndexScan("deliveries_kind", (_D.kind == kind) & RARE_KIND) for kind in kinds]
        case FilterKey.PROJECT:
            projects = group.values
            return [IndexScan("deliveries_project", _D.project_id == one) for one in projects]
        case FilterKey.WEBHOOK:
            rows = _rows(group, webhook_rows)
            return [IndexScan("deliveries_webhook", _D.webhook == row) for row in rows]
        case FilterKey.TYPE:
            types = _stored_types(db, group.values)
            return [IndexScan("deliveries_type", _D.event_type == one) for one in types]
    return None


def _status_scan(db: Database, status: str) -> IndexScan:
    """The scan over the deliveries of a status other than "succeeded".

    Pending deliveries have only the index of due times. A few of them are read from it and sorted;
    many of them are frequent enough in a scan of all deliveries.
    """
    if status != "pending":
        return IndexScan("deliveries_missed", (_D.status == status) & MISSED)
    due = _D.select(SQL("1")).from_(indexed_by(_D, "deliveries_due")).where(PENDING)
    if count_rows(db, due.limit(_FEW_PENDING)) < _FEW_PENDING:
        return IndexScan("deliveries_due", PENDING)
    return IndexScan("deliveries_created", PENDING, dense=True)


def _missed_scans(by_status: Mapping[str, IndexScan], webhooks: Iterable[int]) -> list[IndexScan]:
    """The scans over missed deliveries of some webhooks, given those over all webhooks'."""
    scans = []
    for status, scan in by_status.items():
        if status == "pending":
            scans.append(scan)
        else:
            missed = (_D.status == status) & MISSED
            fixed = [(_D.webhook == row) & missed for row in webhooks]
            scans += [IndexScan("deliveries_missed_by_webhook", each) for each in fixed]
    return scans


def _statuses(groups: Iterable[Group]) -> frozenset[str]:
    """The statuses that a match can have."""
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


def _code_scans(db: Database, values: Iterable[str]) -> list[IndexScan] | None:
    """A scan for each stored code of these; None when the index `deliveries_trouble` lacks some."""
    codes: set[int] = set()
    for value in values:
        meant = http_range(value)
        if meant is None or meant[0] < _TROUBLE:
            return None
        codes.update(_stored_values(db, _STORED_CODES, meant[0], meant[1] + 1))
    return [
        IndexScan("deliveries_trouble", (_D.http_status == code) & TROUBLE)
        for code in sorted(codes)
    ]


def _stored_types(db: Database, values: Iterable[str]) -> list[str]:
    """The stored types that these names and patterns match."""
    types: set[str] = set()
    for value in values:
        if value.endswith(".*"):
            types.update(_stored_values(db, _STORED_TYPES, *_type_range(value)))
        else:
            types.add(value)
    return sorted(types)


def _stored_values_query(field: Any, *guard: Condition) -> str:
    """The query for the stored values of a field that is the first of an index.

    Its parameters are the first value, and twice the one after the last. The query goes from one
    value to the next, so its cost depends on the number of values, not on that of rows.
    """
    start = _D.select(fn.MIN(field).alias("value")).where(field >= 0, *guard)
    met = start.cte("met", recursive=True, columns=("value",))
    following = _D.select(fn.MIN(field)).where(field > met.c.value, *guard)
    step = _D.select(following).from_(met).where(met.c.value < 0)
    values = met.union_all(step)
    return text_of(values.select_from(values.c.value).where(values.c.value < 0))


_STORED_CODES = _stored_values_query(_D.http_status, TROUBLE)
_STORED_TYPES = _stored_values_query(_D.event_type)


def _stored_values(db: Database, query: str, first: Any, behind: Any) -> list[Any]:
    """The stored values from `first` and below `behind`."""
    return [value for (value,) in execute(db, query, (first, behind, behind))]


def _rows(group: Group, webhook_rows: WebhookRows) -> list[int]:
    return sorted({row for name in group.values for row in webhook_rows(name)})
