"""What choosing a destination fills in (destinations.md).

What was typed by hand stays: only fields that are blank, or that the destination chosen before
filled in, are filled. Templates are laid out over several lines, as people read and change them.
"""

import re
from dataclasses import replace

from corgea_tui.forms.webhook_draft import BlankEntry, Draft, HeaderRow, number_text
from daemon.domain.destinations import Guide, guide
from daemon.domain.webhooks.masking import names_credential


def fill(draft: Draft, chosen: Guide | None) -> Draft:
    """The form after choosing a destination; None: none in particular."""
    before = guide(draft.destination) if draft.destination else None
    if chosen is None:
        return _emptied(replace(draft, destination="", blanks=()), before)
    bare = _emptied(draft, before)
    template = None if bare.body_template.strip() else template_of(chosen, bare.events)
    return replace(
        bare,
        destination=chosen.kind,
        type=chosen.type.value,
        headers=(*bare.headers, *_asked(bare, chosen)),
        body_template=bare.body_template if template is None else template,
        rate=bare.rate or number_text(chosen.rate),
        blanks=tuple(BlankEntry(each.title, each.hint, each.secret) for each in chosen.blanks),
    )


def refill(draft: Draft, events: tuple[str, ...]) -> Draft:
    """The form after choosing events: the destination may have a better template for them."""
    after = replace(draft, events=events)
    if not draft.destination:
        return after
    chosen = guide(draft.destination)
    if draft.body_template == (template_of(chosen, draft.events) or ""):
        return replace(after, body_template=template_of(chosen, events) or "")
    return after


def kept_by_hand(draft: Draft, chosen: Guide) -> bool:
    """Whether the form keeps a body of its own where the destination wants another."""
    template = template_of(chosen, draft.events)
    return (
        template is not None
        and bool(draft.body_template.strip())
        and (draft.body_template not in _templates(chosen))
    )


def _emptied(draft: Draft, before: Guide | None) -> Draft:
    """The form without what the destination chosen before filled in, where it is unchanged."""
    if before is None:
        return draft
    untouched = set(_asked(replace(draft, headers=()), before))
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
    """The destination's template for these events, as it stands in the form."""
    template = chosen.template_for(events)
    return None if template is None else format_template(template)


def _asked(draft: Draft, chosen: Guide) -> tuple[HeaderRow, ...]:
    """The headers that the destination wants and the form does not have; one of each choice."""
    there = {row.name.lower() for row in draft.headers}
    choices: set[str] = set()
    rows = []
    for asked in chosen.headers:
        if asked.name.lower() in there or asked.choice in choices:
            continue
        if asked.choice:
            choices.add(asked.choice)
        rows.append(
            HeaderRow(
                asked.name,
                asked.value or "",
                credential=names_credential(asked.name),
                prefix=asked.prefix,
                hint=asked.hint,
            )
        )
    return tuple(rows)


_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\{\{[^{}]*\}\}|[{}\[\],:]|[^"{}\[\],:\s]+|\S')
_INDENT = "  "
_OPEN, _CLOSE = "{[", "}]"


def format_template(template: str) -> str:
    """The same JSON with its placeholders, a member a line; only what stands between is changed."""
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
    """Whether a line ends between two pieces; what is empty stays on one."""
    if piece in _CLOSE:
        return before not in _OPEN
    return before in _OPEN or before == ","
