"""What a call narrows its list to: `filter`, and the short forms beside it, joined by and."""

from typing import Any

from daemon.api.call import Call
from daemon.api.endpoint import Parameter
from daemon.api.lists import Paging
from daemon.api.problems import bad_parameters
from daemon.domain.events.timestamps import to_ms
from daemon.domain.filters.parser import Filter, FilterError, FilterKey, both, parse_filter, term
from daemon.domain.filters.predicate import DeliveryFacts, Predicate, predicate
from daemon.protocol import ChangeType, Delivery, Event, FieldProblem
from daemon.services.change_stream import Wants

_SHORT: dict[str, FilterKey] = {
    "status": FilterKey.STATUS,
    "webhook": FilterKey.WEBHOOK,
    "event_type": FilterKey.TYPE,
    "http_status": FilterKey.HTTP,
    "project": FilterKey.PROJECT,
    "from": FilterKey.SINCE,
    "to": FilterKey.UNTIL,
    "q": FilterKey.TEXT,
}

_ABOUT = {
    "status": "pending, succeeded, failed or discarded",
    "webhook": "A webhook's name or id",
    "event_type": "An event type, or scan.*",
    "http_status": "404, 5xx or none",
    "project": "A project's id",
    "from": "Created at this time or later",
    "to": "Created before this time",
    "q": "Text that is found anywhere",
}

FILTER = Parameter("filter", "The filter language, e.g. `status:failed since:1h`")


def short_forms(*names: str) -> tuple[Parameter, ...]:
    """`filter` and those short forms that a list has."""
    return (FILTER, *(Parameter(name, _ABOUT[name]) for name in names))


ALL_FORMS = short_forms(*_SHORT)
EVENT_FORMS = short_forms("event_type", "project", "from", "to", "q")
OF_EVENTS = frozenset(
    {
        FilterKey.TYPE,
        FilterKey.PROJECT,
        FilterKey.EVENT,
        FilterKey.SINCE,
        FilterKey.UNTIL,
        FilterKey.TEXT,
    }
)
"""What an event has by itself, without its deliveries."""
TIME_FORMS = short_forms("from", "to", "q")


def read_filter(call: Call, errors: list[FieldProblem]) -> Filter:
    """All that the query parameters ask for; what is wrong with them is added to `errors`."""
    now = call.parts.clock.now_ms()
    found = []
    text = call.query.get("filter")
    if text is not None:
        found.append(read_text("filter", text, now, errors))
    for name, key in _SHORT.items():
        if (value := call.query.get(name)) is not None:
            try:
                found.append(term(key, value, now_ms=now))
            except FilterError as error:
                errors.append(FieldProblem(name, str(error)))
    return both(*found)


def read_text(field: str, text: str, now_ms: int, errors: list[FieldProblem]) -> Filter:
    """A filter as somebody wrote it; an error says at which character."""
    try:
        return parse_filter(text, now_ms=now_ms)
    except FilterError as error:
        errors.append(FieldProblem(field, f"{error} (at character {error.position + 1})"))
        return Filter()


def only(
    wanted: Filter, what: str, known: frozenset[FilterKey], errors: list[FieldProblem]
) -> None:
    """Complain about keys that mean nothing in a list of `what`."""
    strange = sorted(wanted.keys() - known)
    if strange:
        errors.append(
            FieldProblem(
                "filter",
                f"{', '.join(strange)}: {what} have no such thing; known here:"
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


def read_plain(
    call: Call, what: str, known: frozenset[FilterKey] = frozenset({FilterKey.TEXT})
) -> tuple[Paging, Predicate]:
    """The paging and the filter of a list that is in memory and has little to filter by."""
    errors: list[FieldProblem] = []
    wanted, page = read_filter(call, errors), Paging(call, errors)
    only(wanted, what, known, errors)
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


def wanted_changes(wanted: Filter) -> Wants | None:
    """What of the stream is wanted: the deliveries and events of a filter; None: everything.

    Free text is left for later: the objects of the stream do not have all of it in them.
    """
    if not wanted:
        return None
    passes = predicate(without_text(wanted))
    of_events = wanted.keys() <= OF_EVENTS

    def wants(type_: ChangeType, data: Any) -> bool:
        if type_ == "delivery":
            return passes(_delivery_facts(data))
        return type_ == "event" and of_events and passes(_event_facts(data))

    return wants


def without_text(wanted: Filter) -> Filter:
    """The filter less its free text."""
    groups = tuple(group for group in wanted.groups if group.key is not FilterKey.TEXT)
    return Filter(groups, wanted.since, wanted.until)


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
