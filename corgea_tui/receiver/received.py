"""A received request and the check of its signature."""

from dataclasses import dataclass
from datetime import datetime

from daemon.domain.deliveries.signature import verify

SIGNATURE = "x-corgea-signature"
PREVIOUS = "x-corgea-signature-previous"


@dataclass(frozen=True)
class Received:
    """One request, with the bytes of its body and the spelling of its header names."""

    at: datetime
    method: str
    target: str
    """Path and query."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, by its name in any case; empty when it is missing."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), "")

    def signature_problem(self, secret: str) -> str | None:
        """The error of the signature; None when it or the one with the old secret is good."""
        signature = self.header(SIGNATURE)
        if not signature:
            return "not signed"
        wrong = verify(self.body, signature, secret)
        previous = self.header(PREVIOUS)
        if wrong and previous and verify(self.body, previous, secret) is None:
            return None
        return wrong
