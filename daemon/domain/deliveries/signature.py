"""Signatures, with which a receiver verifies the sender of a delivery (rules.md §3, §6)."""

import base64
import binascii
import hmac
import re

_HEX = re.compile(r"[0-9a-f]*")
_HEX_DIGITS = 64
STANDARD_PREFIX = "whsec_"
"""The prefix of a secret that is the base64 of a key, as Standard Webhooks writes it."""


class Signer:
    """Signs with one secret. Reuse it: keying costs more than signing a short body."""

    __slots__ = ("_plain", "_standard")

    def __init__(self, secret: str) -> None:
        self._plain = hmac.new(secret.encode(), digestmod="sha256")
        self._standard = hmac.new(standard_key(secret), digestmod="sha256")

    def sign(self, body: bytes) -> str:
        """The value of `X-Corgea-Signature`: HMAC-SHA256 over the body's bytes, lower-case hex."""
        digest = self._plain.copy()
        digest.update(body)
        return digest.hexdigest()

    def sign_standard(self, message_id: str, unix_seconds: int | str, body: bytes) -> str:
        """The value of `webhook-signature` as Standard Webhooks defines it: `v1,<base64>`."""
        digest = self._standard.copy()
        digest.update(f"{message_id}.{unix_seconds}.".encode(errors="replace"))
        digest.update(body)
        return f"v1,{base64.b64encode(digest.digest()).decode()}"


def sign(body: bytes, secret: str) -> str:
    """The value of `X-Corgea-Signature` for a body under a secret."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def standard_key(secret: str) -> bytes:
    """The key that Standard Webhooks signs with: `whsec_` decoded, else the secret's bytes."""
    return decoded_key(secret) or secret.encode()


def decoded_key(secret: str) -> bytes | None:
    """The key in a secret of the form `whsec_<base64>`; None for any other, or broken base64."""
    if not secret.startswith(STANDARD_PREFIX):
        return None
    try:
        return binascii.a2b_base64(secret[len(STANDARD_PREFIX) :].encode(), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def verify(body: bytes, signature: str, secret: str) -> str | None:
    """None when `signature` is valid for the body's raw bytes, else the problem.

    Its time does not depend on which digits differ. Upper-case hex is accepted.
    """
    given = signature.strip().lower()
    if given.startswith("sha256="):
        return "not hex: leave out sha256=, the header has only the digits"
    if not _HEX.fullmatch(given):
        return "not hex: the signature has only the digits 0-9 and a-f"
    if len(given) != _HEX_DIGITS:
        return f"wrong length: {len(given)} digits instead of {_HEX_DIGITS}"
    if not hmac.compare_digest(given, sign(body, secret)):
        return "wrong secret or changed body: verify the raw bytes, before any parsing"
    return None


def verify_standard(
    body: bytes, *, message_id: str, timestamp: str, signature: str, secret: str
) -> str | None:
    """As `verify`, for the Standard Webhooks headers. The age of `timestamp` is not checked."""
    expected = Signer(secret).sign_standard(message_id, timestamp, body).encode()
    # All are compared, so that the time does not depend on which one matches.
    matches = [
        hmac.compare_digest(one.encode(errors="replace"), expected) for one in signature.split()
    ]
    if not any(matches):
        return "wrong secret, or changed id, timestamp or body: verify the raw bytes"
    return None
