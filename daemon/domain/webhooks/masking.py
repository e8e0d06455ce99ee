"""Masks credentials, and URLs that are secrets themselves (rules.md §2).

A masked value is never accepted as input.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from daemon.domain.webhooks.config import Header, WebhookConfig

MASK = "••••"
"""Replaces hidden text; its four characters are not allowed in a header."""

_AFTER_HOST = re.compile(r"[/?]")
_SHOWN = 4
_ENOUGH_TO_SHOW = 8
"""A shorter value is hidden completely: four characters would be half of it or more."""

_CREDENTIAL_NAMES = frozenset({"authorization", "cookie"})
_CREDENTIAL_PARTS = ("token", "key", "secret", "password")


def mask(value: str) -> str:
    """`••••` and the last four characters; for a short value only `••••`.

    >>> mask("Bearer abcd1234")
    '••••1234'
    """
    return MASK + value[-_SHOWN:] if len(value) >= _ENOUGH_TO_SHOW else MASK


def is_masked(value: str) -> bool:
    """Whether a value is masked, and so must not be saved."""
    return MASK in value


def mask_url(url: str) -> str:
    """The host (and port) and the last four characters, at most half of the path.

    >>> mask_url("https://hooks.slack.com/services/T0/B0/abcd1234")
    'hooks.slack.com/…1234'
    """
    host, *rest = _AFTER_HOST.split(url.partition("://")[2], maxsplit=1)
    path = "".join(rest)
    shown = min(_SHOWN, len(path) // 2)
    return f"{host}/…{path[-shown:]}" if shown else host


def is_credential(header: Header) -> bool:
    """Whether the value is write-only: the header is marked, or named like a credential."""
    return header.credential or names_credential(header.name)


def names_credential(name: str) -> bool:
    """Whether a header of this name has a credential, marked or not."""
    lower = name.lower()
    return lower in _CREDENTIAL_NAMES or any(part in lower for part in _CREDENTIAL_PARTS)


def masked_headers(
    headers: Iterable[tuple[str, str]], config: WebhookConfig
) -> tuple[tuple[str, str], ...]:
    """The headers of a request to this webhook, with the credentials masked."""
    marked = {header.name.lower() for header in config.headers if is_credential(header)}
    return tuple(
        (name, mask(value) if name.lower() in marked or names_credential(name) else value)
        for name, value in headers
    )


def masked_webhook(config: WebhookConfig) -> dict[str, Any]:
    """A configuration that every role may read, and that the audit stores in clear.

    Its keys are the API's. Values that are encrypted at rest (rules.md §2) are masked, but a change
    stays visible.
    """
    template = config.body_template
    return {
        "name": config.name,
        "url": mask_url(config.url) if config.url else "",
        "type": config.type.value,
        "events": list(config.events),
        "projects": list(config.projects),
        "statuses": list(config.statuses),
        "conditions": msgspec.to_builtins(config.conditions),
        "secret": None if config.secret is None else mask(config.secret),
        "headers": [{"name": h.name, "value": MASK} for h in config.headers],
        "body_template": None if template is None else f"{MASK} ({len(template)} characters)",
        "standard_webhooks": config.standard_webhooks,
        "retry": msgspec.to_builtins(config.retry),
    }
