"""What a webhook would send for an event, and how many recent events its filters let through."""

from dataclasses import dataclass

from corgea_tui.forms.events import RecentEvents
from corgea_tui.forms.text import TextPosition
from corgea_tui.forms.webhook_draft import Draft
from corgea_tui.text.words import count
from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.destinations import Guide, guide, guide_for_url, limit_problems
from daemon.domain.events.event import AcceptedEvent
from daemon.domain.matching.rules import STATUS_TYPE, Decision, Selection, filter_decision
from daemon.domain.webhooks.config import WebhookConfig
from daemon.protocol import Event


@dataclass(frozen=True)
class Preview:
    """A rendered body, or why there is none and at which position of the template."""

    body: bytes
    problem: str | None = None
    position: TextPosition | None = None
    limits: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """In a line: size and soundness, or the problem."""
        if self.problem is not None:
            return self.problem
        return f"{len(self.body):,} bytes, valid"


def render(draft: Draft, event: AcceptedEvent) -> Preview:
    """The body for an event, as the daemon would make it (rules.md §3).

    Gaps that the user fills in beside the template stay gaps: they may be secrets.
    """
    text = draft.body_template
    if not text.strip():
        body = event.payload()
    else:
        try:
            slack = draft.type == "slack"
            body = Template(text).render(EventValues(event), slack=slack)
        except TemplateFailure as failure:
            return Preview(b"", _bare(failure), TextPosition(failure.line, failure.column))
    receiver = _receiver(draft)
    limits = () if receiver is None else tuple(limit_problems(receiver, body))
    return Preview(body, limits=limits)


def _receiver(draft: Draft) -> Guide | None:
    if draft.destination:
        return guide(draft.destination)
    return guide_for_url(draft.url)


def _bare(failure: TemplateFailure) -> str:
    return f"line {failure.line}, column {failure.column}: {failure.problem}"


@dataclass(frozen=True)
class FilterImpact:
    """`through` of `judged` events pass; whether those in `unsure` do shows only in their data."""

    through: int
    judged: int
    unsure: tuple[str, ...] = ()


def filter_impact(config: WebhookConfig, recent: RecentEvents) -> FilterImpact:
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


def impact_words(found: FilterImpact, recent: RecentEvents) -> str:
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
    return filter_decision(config, listed.event_type, listed.project, status) is not None


def _needs_data(config: WebhookConfig, listed: Event) -> bool:
    asks_status = bool(config.statuses) and listed.event_type == STATUS_TYPE
    return asks_status or bool(config.conditions)
