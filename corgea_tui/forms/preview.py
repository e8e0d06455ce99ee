"""What a webhook would send for an event: the body, how large it is, and what is wrong with it."""

from dataclasses import dataclass

from corgea_tui.forms.text_place import Place
from corgea_tui.forms.webhook_draft import Draft
from daemon.domain.destinations import Guide, guide, guide_for_url, limit_problems
from daemon.domain.event import Event
from daemon.domain.template import Template, TemplateFailure
from daemon.domain.template_values import EventValues


@dataclass(frozen=True)
class Preview:
    """A rendered body, or why there is none and at which place of the template."""

    body: bytes
    problem: str | None = None
    place: Place | None = None
    limits: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """In a line: size and soundness, or the problem."""
        if self.problem is not None:
            return self.problem
        return f"{len(self.body):,} bytes, valid"


def render(draft: Draft, event: Event) -> Preview:
    """The body for an event, as the daemon would make it (spec.md §3).

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
            return Preview(b"", _bare(failure), Place(failure.line, failure.column))
    receiver = _receiver(draft)
    limits = () if receiver is None else tuple(limit_problems(receiver, body))
    return Preview(body, limits=limits)


def _receiver(draft: Draft) -> Guide | None:
    if draft.destination:
        return guide(draft.destination)
    return guide_for_url(draft.url)


def _bare(failure: TemplateFailure) -> str:
    return f"line {failure.line}, column {failure.column}: {failure.problem}"
