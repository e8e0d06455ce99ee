"""The values that a destination fills into the form (destinations.md).

Values that the user typed stay: a destination fills only blank fields, and fields with unchanged
values of the previous destination. Templates are indented over several lines for editing.
"""

import re
from dataclasses import replace

from corgea_tui.forms.webhook_draft import BlankEntry, Draft, HeaderRow, number_text
from daemon.domain.destinations import Guide, guide
from daemon.domain.webhooks.masking import names_credential


def fill(draft: Draft, chosen: Guide | None) -> Draft:
    """The form after the choice of a destination; None: no destination."""
    before = guide(draft.destination) if draft.destination else None
    if chosen is None:
        return _without_defaults(replace(draft, destination="", blanks=()), before)
    cleared = _without_defaults(draft, before)
    template = None if cleared.body_template.strip() else template_of(chosen, cleared.events)
    return replace(
        cleared,
        destination=chosen.kind,
        type=chosen.type.value,
        headers=(*cleared.headers, *_missing_headers(cleared, chosen)),
        body_template=cleared.body_template if template is None else template,
        rate=cleared.rate or number_text(chosen.rate),
        blanks=tuple(BlankEntry(each.title, each.hint, each.secret) for each in chosen.blanks),
    )


def refill(draft: Draft, events: tuple[str, ...]) -> Draft:
    """The form after the choice of events: the destination may have another template for them."""
    after = replace(draft, events=events)
    if not draft.destination:
        return after
    chosen = guide(draft.destination)
    if draft.body_template == (template_of(chosen, draft.events) or ""):
        return replace(after, body_template=template_of(chosen, events) or "")
    return after


def has_own_body(draft: Draft, chosen: Guide) -> bool:
    """Whether the form has a body of its own instead of the destination's template."""
    template = template_of(chosen, draft.events)
    return (
        template is not None
        and bool(draft.body_template.strip())
        and (draft.body_template not in _templates(chosen))
    )


def _without_defaults(draft: Draft, before: Guide | None) -> Draft:
    """The form without the unchanged values of the previous destination."""
    if before is None:
        return draft
    untouched = set(_missing_headers(replace(draft, headers=()), before))
    return replace(
        draft,
        type="other" if draft.type == before.type.value else draft.type,
        headers=tuple(row for row in draft.headers if row not in untouched),
        body_template="" if draft.body_template in _templates(before) else draft.body_template,
        rate="" if draft.rate == number_text(before.rate) else draft.rate,
    )


def _templates(of: Guide) -> set[str]:
    return {format_template(text) for text in (of.template, *dict(of.templates).values()) if text}


def template_of(chosen: Guide, events: tuple[str, ...]) -> str | None:
    """The destination's template for these events, as the form shows it."""
    template = chosen.template_for(events)
    return None if template is None else format_template(template)


def _missing_headers(draft: Draft, chosen: Guide) -> tuple[HeaderRow, ...]:
    """The destination's headers that the form does not have; one header of each choice."""
    there = {row.name.lower() for row in draft.headers}
    choices: set[str] = set()
    rows = []
    for header in chosen.headers:
        if header.name.lower() in there or header.choice in choices:
            continue
        if header.choice:
            choices.add(header.choice)
        rows.append(
            HeaderRow(
                header.name,
                header.value or "",
                credential=names_credential(header.name),
                prefix=header.prefix,
                hint=header.hint,
            )
        )
    return tuple(rows)


_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{\{[^{}]*\}\}|[{}\[\],:]|[^"{}\[\],:\s]+|\S')
_INDENT = "  "
_OPEN, _CLOSE = "{[", "}]"


def format_template(template: str) -> str:
    """The JSON with its placeholders, a member a line; only the white space changes."""
    pieces = _PIECE.findall(template)
    parts: list[str] = []
    depth = 0
    for before, piece in zip(["", *pieces], pieces, strict=False):
        if piece in _CLOSE:
            depth -= 1
        if before and _breaks(before, piece):
            parts.append("\n" + _INDENT * depth)
        if piece in _OPEN:
            depth += 1
        parts.append(": " if piece == ":" else piece)
    return "".join(parts)


def _breaks(before: str, piece: str) -> bool:
    """Whether a line ends between two pieces; empty objects and lists stay on one line."""
    if piece in _CLOSE:
        return before not in _OPEN
    return before in _OPEN or before == ","
