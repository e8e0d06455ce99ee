"""The body that a webhook would send for an event, and the recent events that its filters pass."""

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
    """A rendered body, or the problem of the template and its position."""

    body: bytes
    problem: str | None = None
    position: TextPosition | None = None
    limits: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Size and validity in a line, or the problem."""
        if self.problem is not None:
            return self.problem
        return f"{len(self.body):,} bytes, valid"


def render(draft: Draft, event: AcceptedEvent) -> Preview:
    """The body for an event, as the daemon would render it (rules.md §3).

    The blanks of a template are not filled in: their values may be secrets.
    """
    text = draft.body_template
    if not text.strip():
        body = event.payload()
    else:
        try:
            slack = draft.type == "slack"
            body = Template(text).render(EventValues(event), slack=slack)
        except TemplateFailure as failure:
            return Preview(b"", _problem_words(failure), TextPosition(failure.line, failure.column))
    receiver = _receiver(draft)
    limits = () if receiver is None else tuple(limit_problems(receiver, body))
    return Preview(body, limits=limits)


def _receiver(draft: Draft) -> Guide | None:
    if draft.destination:
        return guide(draft.destination)
    return guide_for_url(draft.url)


def _problem_words(failure: TemplateFailure) -> str:
    return f"line {failure.line}, column {failure.column}: {failure.problem}"


@dataclass(frozen=True)
class FilterImpact:
    """`passed` of `decided` events pass the filters; those in `unread` need their data."""

    passed: int
    decided: int
    unread: tuple[str, ...] = ()


def filter_impact(config: WebhookConfig, recent: RecentEvents) -> FilterImpact:
    """Decide the listed events, as far as their data is read."""
    selection = Selection(config)
    passed = decided = 0
    unread = []
    for listed in recent.listed:
        if _excluded(config, listed):
            decided += 1
        elif not _needs_data(config, listed):
            decided += 1
            passed += 1
        elif (event := recent.event(listed.event_id)) is not None:
            decided += 1
            passed += selection.decide(event) is Decision.MATCHED
        else:
            unread.append(listed.event_id)
    return FilterImpact(passed, decided, tuple(unread))


def impact_words(found: FilterImpact, recent: RecentEvents) -> str:
    """The impact in words, e.g. `12 of 340 events of the last 24 h`."""
    if recent.problem and not recent.complete:
        return f"not known: {recent.problem}"
    if not recent.listed:
        return "no events in the last 24 h" if recent.complete else "reading events …"
    if found.unread and not found.decided:
        return f"reading {count(len(found.unread), 'event')} …"
    of = count(found.decided, "event")
    if found.unread:
        return f"{found.passed:,} of {of}; {_all(recent)} in the last 24 h"
    if recent.cut:
        return f"{found.passed:,} of the newest {of}; {_all(recent)} in the last 24 h"
    return f"{found.passed:,} of {of} of the last 24 h"


def _all(recent: RecentEvents) -> str:
    return "more" if recent.total is None else f"{recent.total:,}"


def _excluded(config: WebhookConfig, listed: Event) -> bool:
    """Whether the listed facts of the event already exclude it."""
    status = config.statuses[0] if config.statuses else None  # the status is only in the data
    return filter_decision(config, listed.event_type, listed.project, status) is not None


def _needs_data(config: WebhookConfig, listed: Event) -> bool:
    asks_status = bool(config.statuses) and listed.event_type == STATUS_TYPE
    return asks_status or bool(config.conditions)
