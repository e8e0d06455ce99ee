"""Secrets made for the user."""

import base64
import secrets

from daemon.domain.deliveries.signature import STANDARD_PREFIX

_BYTES = 32


def new_secret(*, standard: bool) -> str:
    """A secret that nobody guesses; `standard`: as Standard Webhooks spells them."""
    if standard:
        return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return secrets.token_urlsafe(_BYTES)
