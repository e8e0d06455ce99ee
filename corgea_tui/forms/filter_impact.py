"""How many of the last day's events a filter would have let through (app.md, Forms)."""

from dataclasses import dataclass

from corgea_tui.forms.recent_events import RecentEvents
from corgea_tui.text.words import count
from daemon.domain.matching.rules import STATUS_TYPE, Decision, Selection, filtered_out
from daemon.domain.webhooks.config import WebhookConfig
from daemon.protocol import Event


@dataclass(frozen=True)
class FilterImpact:
    """`through` of `judged` events pass; whether those in `unsure` do shows only in their data."""

    through: int
    judged: int
    unsure: tuple[str, ...] = ()


def passing(config: WebhookConfig, recent: RecentEvents) -> FilterImpact:
    """Judge the events that are listed, newest first."""
    selection = Selection(config)
    through = judged = 0
    unsure = []
    for listed in recent.listed:
        if _kept_away(config, listed):
            judged += 1
        elif not _needs_data(config, listed):
            judged += 1
            through += 1
        elif (event := recent.event(listed.event_id)) is not None:
            judged += 1
            through += selection.decide(event) is Decision.MATCHED
        else:
            unsure.append(listed.event_id)
    return FilterImpact(through, judged, tuple(unsure))


def passing_words(found: FilterImpact, recent: RecentEvents) -> str:
    """`12 of 340 events of the last 24 h`, or as much of it as is known."""
    if recent.problem and not recent.complete:
        return f"not known: {recent.problem}"
    if not recent.listed:
        return "no events in the last 24 h to compare with" if recent.complete else "looking …"
    if found.unsure and not found.judged:
        return f"looking into {count(len(found.unsure), 'event')} …"
    of = count(found.judged, "event")
    if found.unsure:
        return f"{found.through:,} of the {of} looked into; the last 24 h hold {_all(recent)}"
    if recent.cut:
        return f"{found.through:,} of the newest {of}; the last 24 h hold {_all(recent)}"
    return f"{found.through:,} of {of} of the last 24 h"


def _all(recent: RecentEvents) -> str:
    return "more" if recent.total is None else f"{recent.total:,}"


def _kept_away(config: WebhookConfig, listed: Event) -> bool:
    """Whether the list alone says that the event does not pass."""
    status = config.statuses[0] if config.statuses else None  # as if it passed: the data says
    return filtered_out(config, listed.event_type, listed.project, status) is not None


def _needs_data(config: WebhookConfig, listed: Event) -> bool:
    asks_status = bool(config.statuses) and listed.event_type == STATUS_TYPE
    return asks_status or bool(config.conditions)
