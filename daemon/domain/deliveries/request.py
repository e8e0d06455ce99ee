"""The request of one attempt: its URL, headers and body (rules.md §3).

The same function makes the sent request and the one in the history, so both are always equal.
"""

from collections.abc import Iterable

import msgspec

from daemon.domain.deliveries.redaction import SecretRedactor
from daemon.domain.deliveries.signature import Signer
from daemon.domain.webhooks.config import WebhookConfig

USER_AGENT = "Corgea-Webhooks/1.0"

Headers = tuple[tuple[str, str], ...]

_END = "\r\n"


class OutgoingRequest(msgspec.Struct, frozen=True):
    """A POST request, without Host, Content-Length and Accept-Encoding.

    `url` is sent byte for byte as saved. `lines` is the text of the headers; `count` is their
    number, which reveals a line break in a value.
    """

    url: str
    lines: str
    count: int
    body: bytes

    @property
    def headers(self) -> Headers:
        """Name and value of each header."""
        pairs = (line.partition(": ") for line in self.lines.split(_END)[:-1])
        return tuple((name, value) for name, _, value in pairs)


class Signatures(msgspec.Struct, frozen=True, omit_defaults=True):
    """The signatures of one request; none without a secret.

    `previous` is made with the secret before the last rotation, `standard` is Standard Webhooks'.
    """

    current: str | None = None
    previous: str | None = None
    standard: str | None = None


class PreparedWebhook:
    """A webhook with the equal parts of its requests computed once.

    `previous_secret` is set while it still signs after a rotation (at most 24 h).
    """

    __slots__ = ("_count", "_current", "_lines", "_previous", "_standard", "_url", "redactor")

    def __init__(self, config: WebhookConfig, previous_secret: str | None = None) -> None:
        self._url = config.url
        self._current = None if config.secret is None else Signer(config.secret)
        self._previous = None if previous_secret is None else Signer(previous_secret)
        self._standard = config.standard_webhooks
        headers = self._header_templates(config)
        self._lines, self._count = lines_of(headers), len(headers)
        self.redactor = SecretRedactor(config)
        """Masks secrets of the request that an answer repeats."""

    def _header_templates(self, config: WebhookConfig) -> Headers:
        """The headers, with `%` placeholders where requests differ."""
        signed = self._current is not None
        return headers_of(
            event_id="%(event_id)s",
            event_type="%(event_type)s",
            delivery_id="%(delivery_id)s",
            unix_seconds="%(unix_seconds)s",
            signatures=Signatures(
                "%(current)s" if signed else None,
                "%(previous)s" if signed and self._previous is not None else None,
                "%(standard)s" if signed and self._standard else None,
            ),
            custom=[(_literally(each.name), _literally(each.value)) for each in config.headers],
        )

    def request(
        self, *, event_id: str, event_type: str, delivery_id: str, body: bytes, unix_seconds: int
    ) -> OutgoingRequest:
        """The request of an attempt that starts at `unix_seconds`."""
        return self.signed_request(
            event_id=event_id,
            event_type=event_type,
            delivery_id=delivery_id,
            body=body,
            unix_seconds=unix_seconds,
        )[0]

    def signed_request(
        self, *, event_id: str, event_type: str, delivery_id: str, body: bytes, unix_seconds: int
    ) -> tuple[OutgoingRequest, Signatures]:
        """The same request, and its signatures for the history."""
        signatures = self.sign(event_id, unix_seconds, body)
        lines = self._lines % {
            "event_id": event_id,
            "event_type": event_type,
            "delivery_id": delivery_id,
            "unix_seconds": unix_seconds,
            "current": signatures.current,
            "previous": signatures.previous,
            "standard": signatures.standard,
        }
        return OutgoingRequest(self._url, lines, self._count, body), signatures

    def sign(self, event_id: str, unix_seconds: int, body: bytes) -> Signatures:
        """The signatures of a request that starts at `unix_seconds`."""
        if self._current is None:
            return Signatures()
        current, previous, standard = self._current.sign(body), None, None
        if self._previous is not None:
            previous = self._previous.sign(body)
        if self._standard:
            standard = self._current.sign_standard(event_id, unix_seconds, body)
            if self._previous is not None:  # one header carries both
                standard += f" {self._previous.sign_standard(event_id, unix_seconds, body)}"
        return Signatures(current, previous, standard)


def headers_of(
    *,
    event_id: str,
    event_type: str,
    delivery_id: str,
    unix_seconds: int | str,
    signatures: Signatures,
    custom: Iterable[tuple[str, str]] = (),
) -> Headers:
    """The headers of a request in their order: Corgea's, Standard Webhooks', custom ones."""
    time = str(unix_seconds)
    headers = [
        ("Content-Type", "application/json"),
        ("X-Corgea-Event", event_type),
        ("X-Corgea-Delivery", delivery_id),
        ("X-Corgea-Timestamp", time),
    ]
    if signatures.current is not None:
        headers.append(("X-Corgea-Signature", signatures.current))
    if signatures.previous is not None:
        headers.append(("X-Corgea-Signature-Previous", signatures.previous))
    headers.append(("User-Agent", USER_AGENT))
    if signatures.standard is not None:
        headers += (
            ("webhook-id", event_id),
            ("webhook-timestamp", time),
            ("webhook-signature", signatures.standard),
        )
    return (*headers, *custom)


def lines_of(headers: Headers) -> str:
    """The text of headers in a request."""
    return "".join([f"{name}: {value}{_END}" for name, value in headers])


def _literally(text: str) -> str:
    return text.replace("%", "%%")


def build_request(
    config: WebhookConfig,
    *,
    event_id: str,
    event_type: str,
    delivery_id: str,
    body: bytes,
    unix_seconds: int,
    previous_secret: str | None = None,
) -> OutgoingRequest:
    """A single request. To send many to one webhook, keep a `PreparedWebhook`."""
    return PreparedWebhook(config, previous_secret).request(
        event_id=event_id,
        event_type=event_type,
        delivery_id=delivery_id,
        body=body,
        unix_seconds=unix_seconds,
    )
