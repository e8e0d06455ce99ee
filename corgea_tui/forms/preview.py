"""What a webhook would send for an event: the body, how large it is, and what is wrong with it."""

from dataclasses import dataclass

from corgea_tui.forms.text_place import TextPosition
from corgea_tui.forms.webhook_draft import Draft
from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.destinations import Guide, guide, guide_for_url, limit_problems
from daemon.domain.events.event import AcceptedEvent


@dataclass(frozen=True)
class Preview:
    """A rendered body, or why there is none and at which place of the template."""

    body: bytes
    problem: str | None = None
    place: TextPosition | None = None
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
