"""A request as it arrived, and the check of its signature."""

from dataclasses import dataclass
from datetime import datetime

from daemon.domain.deliveries.signature import verify

SIGNATURE = "x-corgea-signature"
PREVIOUS = "x-corgea-signature-previous"


@dataclass(frozen=True)
class Received:
    """One request, its body's bytes untouched. Header names are as they came."""

    at: datetime
    method: str
    target: str
    """Path and query."""
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """A header's value, whatever the case of its name; empty when it is not there."""
        lower = name.lower()
        return next((value for key, value in self.headers if key.lower() == lower), "")

    def complaint(self, secret: str) -> str | None:
        """What is wrong with the signature, None when it is good (also the one before a change)."""
        signature = self.header(SIGNATURE)
        if not signature:
            return "not signed"
        wrong = verify(self.body, signature, secret)
        previous = self.header(PREVIOUS)
        if wrong and previous and verify(self.body, previous, secret) is None:
            return None
        return wrong
