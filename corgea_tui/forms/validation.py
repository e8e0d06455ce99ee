"""What is wrong with a form and what is doubtful, each at its field (rules.md §2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from corgea_tui.forms.webhook_draft import Draft
from corgea_tui.forms.webhook_request import Request, request_of
from daemon.domain.configuration.form import InvalidWebhook, read_webhook
from daemon.domain.destinations import Guide, guide, guide_for_url
from daemon.domain.destinations.guide import open_blanks
from daemon.domain.problems import FieldError
from daemon.domain.webhooks.config import Header, WebhookConfig
from daemon.domain.webhooks.masking import MASK
from daemon.protocol import Webhook

Messages = Mapping[str, tuple[str, ...]]
_FILTERS = ("events", "projects", "statuses", "conditions")


@dataclass(frozen=True)
class FormCheck:
    """Complaints by field (`name`, `headers.1.value`); `config` when there are no errors."""

    errors: Messages = field(default_factory=dict)
    warnings: Messages = field(default_factory=dict)
    config: WebhookConfig | None = None


def judge(
    draft: Draft, *, stored: Webhook | None, known_types: Collection[str], taken: Collection[str]
) -> FormCheck:
    """Judge the form as a save would; `taken` are the names of the other webhooks."""
    request = request_of(draft)
    previous = None if stored is None else _kept(stored)
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    config = None
    try:
        checked = read_webhook(request.form, known_types=known_types, previous=previous)
    except InvalidWebhook as invalid:
        errors += invalid.errors
    else:
        config = checked.config
        warnings += checked.warnings
    if draft.name in taken:
        errors.append(FieldError("name", "is taken by another webhook: choose another"))
    errors += _open_gaps(draft)
    if not _typed(draft):  # the stored secret is not known here, only what is shown of it
        warnings = [each for each in warnings if each.field != "secret"]
    return FormCheck(
        by_field(errors, request),
        by_field(warnings, request),
        None if errors else config,
    )


def filters_of(draft: Draft, known_types: Collection[str]) -> WebhookConfig | None:
    """What the form lets through, whatever else is wrong with it; None while that is unclear."""
    form: dict[str, Any] = request_of(draft).form
    bare = {"name": "any", "url": "https://localhost/", **{key: form[key] for key in _FILTERS}}
    try:
        return read_webhook(bare, known_types=known_types).config
    except InvalidWebhook:
        return None


def by_field(complaints: Collection[Any], request: Request) -> Messages:
    """Complaints of `read_webhook` or of the daemon, each with its field of the form."""
    found: dict[str, list[str]] = {}
    for each in complaints:
        messages = found.setdefault(request.field(each.field), [])
        if each.message not in messages:
            messages.append(each.message)
    return {key: tuple(messages) for key, messages in found.items()}


def recognised(draft: Draft) -> Guide | None:
    """The destination that the URL gives away, when no other was chosen."""
    return None if draft.destination else guide_for_url(draft.url)


def _kept(stored: Webhook) -> WebhookConfig:
    """What a save keeps of the stored webhook, as far as it is known here."""
    return WebhookConfig(
        name=stored.name,
        url=stored.url,
        events=(),
        secret=(stored.secret.hint or MASK) if stored.secret.set else None,
        headers=tuple(Header(each.name, each.value, each.credential) for each in stored.headers),
    )


def _typed(draft: Draft) -> bool:
    return draft.secret.choice == "set" and bool(draft.secret.typed)


def _open_gaps(draft: Draft) -> list[FieldError]:
    if not draft.destination:
        return []
    body = request_of(draft).form["body_template"] or ""
    return [
        FieldError(f"blanks.{blank.title}", f"is missing: {blank.hint}")
        for blank in open_blanks(guide(draft.destination), body)
    ]
