"""The errors and warnings of a form, by field (rules.md §2)."""

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
    """Messages by field (`name`, `headers.1.value`); `config` when there are no errors."""

    errors: Messages = field(default_factory=dict)
    warnings: Messages = field(default_factory=dict)
    config: WebhookConfig | None = None


def validate(
    draft: Draft, *, stored: Webhook | None, known_types: Collection[str], taken: Collection[str]
) -> FormCheck:
    """Validate the form as a save does; `taken` are the names of the other webhooks."""
    request = request_of(draft)
    previous = None if stored is None else _stored_config(stored)
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
    errors += _open_blanks(draft)
    if not _typed(draft):  # only the hint of the stored secret is known here
        warnings = [each for each in warnings if each.field != "secret"]
    return FormCheck(
        by_field(errors, request),
        by_field(warnings, request),
        None if errors else config,
    )


def filters_of(draft: Draft, known_types: Collection[str]) -> WebhookConfig | None:
    """The form's filters, without its other fields; None while the filters have errors."""
    form: dict[str, Any] = request_of(draft).form
    filters = {"name": "any", "url": "https://localhost/", **{key: form[key] for key in _FILTERS}}
    try:
        return read_webhook(filters, known_types=known_types).config
    except InvalidWebhook:
        return None


def by_field(problems: Collection[Any], request: Request) -> Messages:
    """Problems of `read_webhook` or of the daemon, by the field of the form."""
    found: dict[str, list[str]] = {}
    for each in problems:
        messages = found.setdefault(request.field(each.field), [])
        if each.message not in messages:
            messages.append(each.message)
    return {key: tuple(messages) for key, messages in found.items()}


def recognised(draft: Draft) -> Guide | None:
    """The destination that the URL belongs to, when none was chosen."""
    return None if draft.destination else guide_for_url(draft.url)


def _stored_config(stored: Webhook) -> WebhookConfig:
    """The stored values that a save keeps, as far as they are known here."""
    return WebhookConfig(
        name=stored.name,
        url=stored.url,
        events=(),
        secret=(stored.secret.hint or MASK) if stored.secret.set else None,
        headers=tuple(Header(each.name, each.value, each.credential) for each in stored.headers),
    )


def _typed(draft: Draft) -> bool:
    return draft.secret.choice == "set" and bool(draft.secret.typed)


def _open_blanks(draft: Draft) -> list[FieldError]:
    if not draft.destination:
        return []
    body = request_of(draft).form["body_template"] or ""
    return [
        FieldError(f"blanks.{blank.title}", f"is missing: {blank.hint}")
        for blank in open_blanks(guide(draft.destination), body)
    ]
