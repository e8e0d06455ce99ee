"""The filter language as conditions on the models, and the indexes that fit each filter.

For `status:failed type:scan.*` (interfaces.md, Filters) the condition is

    (DeliveryModel.status == "failed") & (event_type >= "scan.") & (event_type < "scan/")

and among the ways past the matches is `deliveries_missed`, with its status fixed to "failed".
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
"""Values of one index that are scanned side by side; a filter with more takes another way."""
_FEW_PENDING = 20_000


def search_deliveries(db: Database, wanted: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """What `wanted` means for deliveries."""
    cheap = [group for group in wanted.groups if group.key is not FilterKey.TEXT]
    words = [group for group in wanted.groups if group.key is FilterKey.TEXT]
    return ScanSearch(
        DELIVERIES,
        every(_of_delivery(group, webhook_rows) for group in cheap),
        KeyRange(wanted.since, wanted.until),
        tuple(_ways(db, cheap, webhook_rows)),
        every(_contains(group, delivery_contains) for group in words) if words else None,
    )


def search_events(wanted: Filter, webhook_rows: WebhookRows) -> ScanSearch:
    """What `wanted` means for events; what only deliveries have is asked of an event's deliveries.

    An event has `status:failed` when one of its deliveries has, `-status:failed` when none has.
    """
    words = [group for group in wanted.groups if group.key is FilterKey.TEXT]
    rest = [group for group in wanted.groups if group.key is not FilterKey.TEXT]
    own = [group for group in rest if group.key in _KEYS_OF_EVENTS]
    theirs = [group for group in rest if group.key not in _KEYS_OF_EVENTS]
    costly = [_has_deliveries(theirs, webhook_rows)] if theirs else []
    costly += [_contains(group, event_contains) for group in words]
    by_id = any(group.key is FilterKey.EVENT and not group.negated for group in own)
    return ScanSearch(
        EVENTS,
        every(_of_event(group) for group in own),
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
    """From which type on, and before which, `scan.*` matches: "/" follows "."."""
    prefix = pattern[:-1]
    return prefix, f"{prefix[:-1]}/"


def _http(value: str) -> Condition:
    codes = http_range(value)
    if codes is None:
        return _D.http_status.is_null()
    return _D.http_status == codes[0] if codes[0] == codes[1] else _D.http_status.between(*codes)


def _has_deliveries(groups: Sequence[Group], webhook_rows: WebhookRows) -> Condition:
    """One delivery fulfils all that is asked for, and none fulfils what is excluded."""

    def some(conditions: Iterable[Condition]) -> Condition:
        return fn.EXISTS(_D.select(_D.id).where(_D.event_row == _E.id, *conditions))

    asked = [_of_delivery(group, webhook_rows) for group in groups if not group.negated]
    excluded = [Group(group.key, group.values) for group in groups if group.negated]
    return every(
        [
            *([some(asked)] if asked else []),
            *(~some([_of_delivery(group, webhook_rows)]) for group in excluded),
        ]
    )


def _contains(group: Group, contains: Callable[[str], Condition]) -> Condition:
    condition = any_of(contains(value) for value in group.values)
    return negated(condition) if group.negated else condition


# Ways


def _ways(
    db: Database, groups: Sequence[Group], webhook_rows: WebhookRows
) -> Iterable[tuple[IndexScan, ...]]:
    """The indexes whose order is the list's for these groups, most promising first."""
    asked = [group for group in groups if not group.negated]
    if any(group.key is FilterKey.EVENT for group in asked):
        # A handful of rows, whose order SQLite may work out itself.
        yield (IndexScan("deliveries_event"),)
        return
    statuses = _statuses(groups)
    if "succeeded" not in statuses:
        by_status = {status: _status_scan(db, status) for status in sorted(statuses)}
        for group in asked:
            if group.key is FilterKey.WEBHOOK:
                missed = _missed_scans(by_status, _rows(group, webhook_rows))
                if len(missed) <= _MOST_SCANS:
                    yield tuple(missed)
        yield tuple(by_status.values())
    indexed = [group for group in asked if group.key in _INDEXED]
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
    """The scans that lead past all rows of a group and no others; None: there are none."""
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
            types = _types_met(db, group.values)
            return [IndexScan("deliveries_type", _D.event_type == one) for one in types]
    return None


def _status_scan(db: Database, status: str) -> IndexScan:
    """The way past the deliveries of a status that is not "succeeded".

    What is pending has no index of its own but the one of due times: where few are, they are found
    there and sorted; where many are, they are met often enough on the way past everything.
    """
    if status != "pending":
        return IndexScan("deliveries_missed", (_D.status == status) & MISSED)
    due = _D.select(SQL("1")).from_(indexed_by(_D, "deliveries_due")).where(PENDING)
    if count_rows(db, due.limit(_FEW_PENDING)) < _FEW_PENDING:
        return IndexScan("deliveries_due", PENDING)
    return IndexScan("deliveries_created", PENDING, dense=True)


def _missed_scans(by_status: Mapping[str, IndexScan], webhooks: Iterable[int]) -> list[IndexScan]:
    """The ways past what of some webhooks did not succeed, given those past that of all."""
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


def _code_scans(db: Database, values: Iterable[str]) -> list[IndexScan] | None:
    """A scan for each answer that there is of these; None: the index of troubles lacks some."""
    codes: set[int] = set()
    for value in values:
        meant = http_range(value)
        if meant is None or meant[0] < _TROUBLE:
            return None
        codes.update(_met(db, _CODES_MET, meant[0], meant[1] + 1))
    return [
        IndexScan("deliveries_trouble", (_D.http_status == code) & TROUBLE)
        for code in sorted(codes)
    ]


def _types_met(db: Database, values: Iterable[str]) -> list[str]:
    """The types there are of these names and patterns."""
    types: set[str] = set()
    for value in values:
        if value.endswith(".*"):
            types.update(_met(db, _TYPES_MET, *_type_range(value)))
        else:
            types.add(value)
    return sorted(types)


def _values_met(field: Any, *guard: Condition) -> str:
    """The query for the values of a field that rows have, which an index begins with.

    Its parameters: the first value, and twice the one behind the last. It goes from one value to
    the next, so it takes as many steps as there are values, however many rows have them.
    """
    start = _D.select(fn.MIN(field).alias("value")).where(field >= 0, *guard)
    met = start.cte("met", recursive=True, columns=("value",))
    following = _D.select(fn.MIN(field)).where(field > met.c.value, *guard)
    step = _D.select(following).from_(met).where(met.c.value < 0)
    values = met.union_all(step)
    return text_of(values.select_from(values.c.value).where(values.c.value < 0))


_CODES_MET = _values_met(_D.http_status, TROUBLE)
_TYPES_MET = _values_met(_D.event_type)


def _met(db: Database, query: str, first: Any, behind: Any) -> list[Any]:
    """The values from `first` on and below `behind` that rows have."""
    return [value for (value,) in execute(db, query, (first, behind, behind))]


def _rows(group: Group, webhook_rows: WebhookRows) -> list[int]:
    return sorted({row for name in group.values for row in webhook_rows(name)})
