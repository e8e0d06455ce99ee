"""A webhook read from what was entered: by the API, a form or a file, with every error at once.

The meaning of each key is in interfaces.md, its rules are in rules.md §2. What is allowed and still
likely a mistake comes back as warnings.
"""

from collections.abc import Collection, Mapping

import msgspec

from daemon.domain.configuration.fields.complaints import MOST, FieldErrors, switch
from daemon.domain.configuration.fields.conditions import read_conditions
from daemon.domain.configuration.fields.filters import read_events, read_projects, read_statuses
from daemon.domain.configuration.fields.headers import read_headers
from daemon.domain.configuration.fields.retry import read_retry
from daemon.domain.configuration.fields.texts import (
    read_name,
    read_secret,
    read_template,
    read_type,
)
from daemon.domain.configuration.fields.url import read_url
from daemon.domain.configuration.warnings import warnings_about
from daemon.domain.problems import FieldError
from daemon.domain.webhooks.config import WebhookConfig

KEYS = (
    "name",
    "url",
    "type",
    "events",
    "projects",
    "statuses",
    "conditions",
    "secret",
    "headers",
    "body_template",
    "standard_webhooks",
    "retry",
)
"""What can be written, in the order of the form."""

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
"""What answers hold beside; ignored when it is sent back."""


class CheckedWebhook(msgspec.Struct, frozen=True):
    """A sound configuration, and what is doubtful about it."""

    config: WebhookConfig
    warnings: tuple[FieldError, ...]


class InvalidWebhook(Exception):
    """A webhook that cannot be saved; `errors` are all that is wrong with it."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("; ".join(f"{error.field} {error.message}" for error in errors))
        self.errors = errors


def read_webhook(
    form: Mapping[str, object],
    *,
    known_types: Collection[str],
    previous: WebhookConfig | None = None,
) -> CheckedWebhook:
    """The configuration that `form` asks for.

    A secret or header value that is not in it is taken from `previous`; every other absent key
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
