"""What is allowed in a webhook and still likely a mistake: said at save, never in the way."""

from collections.abc import Collection, Iterator

from daemon.domain.deliveries.signature import STANDARD_PREFIX, decoded_key
from daemon.domain.deliveries.template import Template
from daemon.domain.matching.subscriptions import wanted_types, wants
from daemon.domain.problems import FieldError
from daemon.domain.webhooks.config import DestinationType, WebhookConfig

SHORTEST_SECRET = 32
"""Characters that a secret should have at least (reference, Security)."""

_STATUS_TYPE = "issue.status_changed"
_WITHOUT_PROJECT = "user."
_SLACK = "https://hooks.slack.com/"


def warnings_about(config: WebhookConfig, known_types: Collection[str]) -> tuple[FieldError, ...]:
    """Everything doubtful about a sound configuration."""
    return (
        *_about_filters(config, known_types),
        *_about_secret(config),
        *_about_body(config),
    )


def _about_filters(config: WebhookConfig, known_types: Collection[str]) -> Iterator[FieldError]:
    if config.projects:
        without = [
            name
            for name in wanted_types(config.events, known_types)
            if name.startswith(_WITHOUT_PROJECT)
        ]
        if without:
            yield FieldError(
                "projects",
                f"the project filter leaves out {', '.join(without)}: they carry no project",
            )
    if config.statuses and not wants(config.events, _STATUS_TYPE):
        yield FieldError(
            "statuses", f"the status filter looks at {_STATUS_TYPE} alone, which is not subscribed"
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
            f"what follows {STANDARD_PREFIX} is no base64: the secret is the key as it stands",
        )


def _about_body(config: WebhookConfig) -> Iterator[FieldError]:
    if config.body_template is not None:
        for warning in Template(config.body_template).warnings():
            yield FieldError("body_template", warning)
    elif config.type is DestinationType.SLACK:
        yield FieldError(
            "body_template", "Slack refuses the default payload: it wants text or blocks"
        )
    if config.type is not DestinationType.SLACK and config.url.lower().startswith(_SLACK):
        yield FieldError(
            "type", "this is a Slack URL; with type slack, what goes into texts is escaped for it"
        )
