"""What a call narrows its list to: `filter`, and the parameters beside it; all must hold."""

from typing import Any

from daemon.api.call import Call
from daemon.api.endpoint import Parameter
from daemon.api.lists import Paging
from daemon.api.problems import bad_parameters
from daemon.domain.events.timestamps import to_ms
from daemon.domain.filters.keys import KEYS, FilteredList, keys_of
from daemon.domain.filters.parser import Filter, conjunction, parse_filter, term
from daemon.domain.filters.predicate import DeliveryFacts, Predicate, predicate
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import ChangeType, Delivery, Event, FieldProblem
from daemon.services.change_stream import ChangeFilter

FILTER = Parameter("filter", "The filter language, e.g. `status:failed since:1h`")

_KEY_OF = {spec.parameter.name: key for key, spec in KEYS.items() if spec.parameter}


def filter_parameters(rows: FilteredList) -> tuple[Parameter, ...]:
    """`filter`, and a parameter for each key that the rows of a list have."""
    asked = (KEYS[key].parameter for key in keys_of(rows))
    return (FILTER, *(Parameter(each.name, each.description) for each in asked if each))


def read_filter(call: Call, errors: list[FieldProblem]) -> Filter:
    """All that the query parameters ask for; what is wrong with them is added to `errors`."""
    now = call.parts.clock.now_ms()
    found = []
    text = call.query.get("filter")
    if text is not None:
        found.append(read_text("filter", text, now, errors))
    for name, key in _KEY_OF.items():
        if (value := call.query.get(name)) is not None:
            try:
                found.append(term(key, value, now_ms=now))
            except FilterError as error:
                errors.append(FieldProblem(name, str(error)))
    return conjunction(*found)


def read_text(field: str, text: str, now_ms: int, errors: list[FieldProblem]) -> Filter:
    """A filter as somebody wrote it; an error says at which character."""
    try:
        return parse_filter(text, now_ms=now_ms)
    except FilterError as error:
        errors.append(FieldProblem(field, f"{error} (at character {error.position + 1})"))
        return Filter()


def only_keys_of(rows: FilteredList, wanted: Filter, errors: list[FieldProblem]) -> None:
    """Add an error for keys that the rows of a list do not have."""
    known = keys_of(rows)
    unknown = sorted(wanted.keys() - set(known))
    if unknown:
        errors.append(
            FieldProblem(
                "filter",
                f"{', '.join(unknown)}: {rows} have no such thing; known here:"
                f" {', '.join(sorted(known))}",
            )
        )


def filter_of(call: Call) -> Filter:
    """The filter of a call without other parameters; Refusal (422) for a bad one."""
    errors: list[FieldProblem] = []
    wanted = read_filter(call, errors)
    if errors:
        raise bad_parameters(errors)
    return wanted


def read_plain(call: Call, rows: FilteredList) -> tuple[Paging, Predicate]:
    """The paging and the filter of a list that is in memory and has little to filter by."""
    errors: list[FieldProblem] = []
    wanted, page = read_filter(call, errors), Paging(call, errors)
    only_keys_of(rows, wanted, errors)
    if errors:
        raise bad_parameters(errors)
    return page, predicate(wanted)


def plain_facts(text: str, *, at: str | None = None, event_type: str = "") -> DeliveryFacts:
    """What such a list has to filter by."""
    return DeliveryFacts(
        delivery_id=None,
        event_id="",
        event_type=event_type,
        webhook_id=None,
        webhook_name=None,
        project=None,
        status=None,
        http_status=None,
        kind="",
        created_ms=0 if at is None else to_ms(at),
        text=text,
    )


def wanted_changes(wanted: Filter) -> ChangeFilter | None:
    """What of the stream is wanted: the deliveries and events of a filter; None: everything.

    Free text is left for later: the objects of the stream do not have all of it in them.
    """
    if not wanted:
        return None
    passes = predicate(wanted.without_text())
    of_events = wanted.keys() <= set(keys_of(FilteredList.EVENTS))

    def wants(type_: ChangeType, data: Any) -> bool:
        if type_ == "delivery":
            return passes(_delivery_facts(data))
        return type_ == "event" and of_events and passes(_event_facts(data))

    return wants


def _delivery_facts(one: Delivery) -> DeliveryFacts:
    return DeliveryFacts(
        delivery_id=one.id,
        event_id=one.event_id,
        event_type=one.event_type,
        webhook_id=one.webhook_id,
        webhook_name=one.webhook_name,
        project=one.project,
        status=one.status,
        http_status=one.http_status,
        kind=one.kind,
        created_ms=to_ms(one.created_at),
    )


def _event_facts(one: Event) -> DeliveryFacts:
    return DeliveryFacts(
        delivery_id=None,
        event_id=one.event_id,
        event_type=one.event_type,
        webhook_id=None,
        webhook_name=None,
        project=one.project,
        status=None,
        http_status=None,
        kind="",
        created_ms=to_ms(one.received_at),
    )
