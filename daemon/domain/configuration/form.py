"""Reads a webhook from the input of the API, a form or a file, and reports all errors together.

The meaning of each key is in interfaces.md, its rules are in rules.md §2. Valid input that is
probably a mistake gives warnings.
"""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from daemon.domain.configuration.fields import (
    MOST,
    FieldErrors,
    read_name,
    read_retry,
    read_secret,
    read_template,
    read_type,
    switch,
)
from daemon.domain.configuration.selection import (
    read_conditions,
    read_events,
    read_projects,
    read_statuses,
)
from daemon.domain.configuration.target import read_headers, read_url
from daemon.domain.deliveries.signature import STANDARD_PREFIX, decoded_key
from daemon.domain.deliveries.template import Template
from daemon.domain.matching.rules import STATUS_TYPE, subscribed_types, subscribes
from daemon.domain.problems import FieldError
from daemon.domain.webhooks.config import DestinationType, WebhookConfig

KEYS = WebhookConfig.__struct_fields__
"""The keys that can be written: the fields of a configuration."""

READ_ONLY = (
    "id",
    "state",
    "paused_reason",
    "paused_at",
    "version",
    "managed_by",
    "created_at",
    "updated_at",
    "statistics",
    "retry_set",
    "deleted_at",
    "warnings",
)
"""The other keys of the API's answers; they are ignored when a form sends them back."""


class CheckedWebhook(msgspec.Struct, frozen=True):
    """A valid configuration, and the warnings about it."""

    config: WebhookConfig
    warnings: tuple[FieldError, ...]


class InvalidWebhook(Exception):
    """A webhook that cannot be saved. `errors` has all of its errors."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.message}" for error in errors))
        self.errors = errors


def read_webhook(
    form: Mapping[str, object],
    *,
    known_types: Collection[str],
    previous: WebhookConfig | None = None,
) -> CheckedWebhook:
    """The configuration in `form`.

    A secret or header value that `form` leaves out is taken from `previous`; every other absent key
    takes its default. Raises InvalidWebhook with every error.
    """
    complaints = FieldErrors()
    writable = {key: value for key, value in form.items() if key not in READ_ONLY}
    complaints.unknown_keys(writable, KEYS, "field of a webhook")
    config = WebhookConfig(
        name=read_name(form.get("name"), complaints),
        url=read_url(form.get("url"), complaints),
        type=read_type(form.get("type"), complaints),
        events=read_events(form.get("events"), known_types, complaints),
        projects=read_projects(form.get("projects"), complaints),
        statuses=read_statuses(form.get("statuses"), complaints),
        conditions=read_conditions(form.get("conditions"), complaints),
        secret=read_secret(form, previous, complaints),
        headers=read_headers(form.get("headers"), previous.headers if previous else (), complaints),
        body_template=read_template(form.get("body_template"), complaints),
        standard_webhooks=switch(form.get("standard_webhooks"), "standard_webhooks", complaints),
        retry=read_retry(form.get("retry"), complaints),
    )
    if complaints.errors:
        raise InvalidWebhook(tuple(complaints.errors[:MOST]))
    return CheckedWebhook(config, warnings_about(config, known_types))


SHORTEST_SECRET = 32
"""The fewest characters that a secret should have (reference, Security)."""

_WITHOUT_PROJECT = "user."
_SLACK = "https://hooks.slack.com/"


def warnings_about(config: WebhookConfig, known_types: Collection[str]) -> tuple[FieldError, ...]:
    """Warnings about valid values that are probably mistakes."""
    return (
        *_about_filters(config, known_types),
        *_about_secret(config),
        *_about_body(config),
    )


def _about_filters(config: WebhookConfig, known_types: Collection[str]) -> Iterator[FieldError]:
    if config.projects:
        without = [
            name
            for name in subscribed_types(config.events, known_types)
            if name.startswith(_WITHOUT_PROJECT)
        ]
        if without:
            yield FieldError(
                "projects",
                f"the project filter leaves out {', '.join(without)}: they carry no project",
            )
    if config.statuses and not subscribes(config.events, STATUS_TYPE):
        yield FieldError(
            "statuses", f"the status filter applies to {STATUS_TYPE} alone, which is not subscribed"
        )


def _about_secret(config: WebhookConfig) -> Iterator[FieldError]:
    secret = config.secret
    if secret is None:
        if config.standard_webhooks:
            yield FieldError(
                "standard_webhooks", "without a secret there is nothing to sign with: none is sent"
            )
        return
    if len(secret) < SHORTEST_SECRET:
        yield FieldError(
            "secret",
            f"has {len(secret)} characters; {SHORTEST_SECRET} or more are hard to guess",
        )
    if secret != secret.strip():
        yield FieldError("secret", "begins or ends with a space, which is part of it")
    if config.standard_webhooks and secret.startswith(STANDARD_PREFIX) and not decoded_key(secret):
        yield FieldError(
            "secret",
            f"the text after {STANDARD_PREFIX} is not base64: the secret itself is the key",
        )


def _about_body(config: WebhookConfig) -> Iterator[FieldError]:
    if config.body_template is not None:
        for warning in Template(config.body_template).warnings():
            yield FieldError("body_template", warning)
    elif config.type is DestinationType.SLACK:
        yield FieldError(
            "body_template", "Slack refuses the default payload: it requires text or blocks"
        )
    if config.type is not DestinationType.SLACK and config.url.lower().startswith(_SLACK):
        yield FieldError(
            "type", "this is a Slack URL; with type slack, inserted values are escaped for Slack"
        )
