"""What is shown in place of what must not be: credentials, and URLs that are themselves secrets.

Rules of rules.md §2. A masked value is never taken back as a value.
"""

import re
from collections.abc import Iterable

from daemon.domain.webhooks.config import Header, WebhookConfig

MASK = "••••"
"""Stands for what is hidden; four characters that no header may hold."""

_AFTER_HOST = re.compile(r"[/?]")
_SHOWN = 4
_ENOUGH_TO_SHOW = 8
"""A shorter value is hidden whole: its last four characters would be half of it or more."""

_CREDENTIAL_NAMES = frozenset({"authorization", "cookie"})
_CREDENTIAL_PARTS = ("token", "key", "secret", "password")


def mask(value: str) -> str:
    """`••••` and the last four characters; of a short value nothing but `••••`."""
    return MASK + value[-_SHOWN:] if len(value) >= _ENOUGH_TO_SHOW else MASK


def is_masked(value: str) -> bool:
    """Whether a value is what was shown instead of one, and so cannot be meant to be saved."""
    return MASK in value


def mask_url(url: str) -> str:
    """The host (and port) and the last four characters: `hooks.slack.com/…XXXX`.

    Of a path that is short itself at most half is shown.
    """
    host, *rest = _AFTER_HOST.split(url.partition("://")[2], maxsplit=1)
    path = "".join(rest)
    shown = min(_SHOWN, len(path) // 2)
    return f"{host}/…{path[-shown:]}" if shown else host


def is_credential(header: Header) -> bool:
    """Whether the value is write-only: marked as such, or named like one."""
    return header.credential or names_credential(header.name)


def names_credential(name: str) -> bool:
    """Whether a header of this name holds a credential whatever it is marked as."""
    lower = name.lower()
    return lower in _CREDENTIAL_NAMES or any(part in lower for part in _CREDENTIAL_PARTS)


def masked_headers(
    headers: Iterable[tuple[str, str]], config: WebhookConfig
) -> tuple[tuple[str, str], ...]:
    """The headers of a request to this webhook as people may see them."""
    marked = {header.name.lower() for header in config.headers if is_credential(header)}
    return tuple(
        (name, mask(value) if name.lower() in marked or names_credential(name) else value)
        for name, value in headers
    )
