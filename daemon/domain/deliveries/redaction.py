"""Masks secrets that a receiver repeats in its answer, before the answer is stored (rules.md §2).

A redirect repeats the URL in `Location`, an error page the path, a debugging receiver every header.
Without redaction, the history would store secrets in clear.
"""

import html
import re
from itertools import chain

import msgspec

from daemon.domain.deliveries.outcome import Failure, Outcome, Response
from daemon.domain.webhooks.config import WebhookConfig
from daemon.domain.webhooks.masking import is_credential, mask, mask_url

_SHORTEST = 8
"""The fewest characters of a path or value that is searched; shorter ones are in every text."""
_SMALL = 2048
"""The most characters of an answer that is cached, one for each webhook."""
_TOKEN = 16
"""The fewest characters of a part of a path or query that counts as a token."""
_LIKE_TOKEN = re.compile(rf"[\w.~+=-]{{{_TOKEN},}}", re.ASCII)
_DIGIT = re.compile("[0-9]")
"""A token outside of credentials, e.g. a routing key in a template, is long and has a digit."""
_PLACEHOLDER = re.compile(r"\{\{[^{}]*+\}\}")


class SecretRedactor:
    """Finds and masks one webhook's secrets in the answers of its receiver."""

    __slots__ = ("_bytes", "_clean", "_texts")

    def __init__(self, config: WebhookConfig) -> None:
        masks = dict(_masks(config))
        self._texts = [(each, masks[each]) for each in sorted(masks, key=len, reverse=True)]
        self._bytes = [(each.encode(), masked.encode()) for each, masked in self._texts]
        self._clean: Response | None = None
        """The last small answer without secrets; the next one is often equal."""

    def redact(self, outcome: Outcome) -> Outcome:
        """The outcome with the webhook's secrets masked."""
        response, failure = outcome.response, outcome.failure
        if response is None or (failure is None and response == self._clean):
            return outcome
        if not self._repeated(response, failure):
            if _is_small(response):
                self._clean = response
            return outcome
        if failure is not None:
            failure = Failure(failure.kind, self._text(failure.message))
        return msgspec.structs.replace(outcome, response=self._response(response), failure=failure)

    def _repeated(self, response: Response, failure: Failure | None) -> bool:
        """Whether the answer repeats a secret. It rarely does, so this check is fast."""
        texts = [response.reason, *chain.from_iterable(response.headers)]
        if failure is not None:
            texts.append(failure.message)
        text, body = "\n".join(texts), response.body
        # Loops, not `any`: a generator for each answer costs more than the search.
        for secret, _ in self._texts:
            if secret in text:
                return True
        for secret_in_body, _ in self._bytes:  # noqa: SIM110  # as above
            if secret_in_body in body:
                return True
        return False

    def _response(self, response: Response) -> Response:
        body = response.body
        for secret, masked in self._bytes:
            body = body.replace(secret, masked)
        return msgspec.structs.replace(
            response,
            reason=self._text(response.reason),
            headers=tuple(
                (self._text(name), self._text(value)) for name, value in response.headers
            ),
            body=body,
        )

    def _text(self, text: str) -> str:
        for secret, masked in self._texts:
            text = text.replace(secret, masked)
        return text


def _is_small(response: Response) -> bool:
    texts = chain(chain.from_iterable(response.headers), (response.reason,))
    return sum(map(len, texts)) + len(response.body) <= _SMALL


def _masks(config: WebhookConfig) -> list[tuple[str, str]]:
    """The secrets in all spellings of receivers, each with its mask."""
    found = []
    for value, masked in (*_of_url(config.url), *_of_values(config)):
        spellings = {value, value.replace("/", "\\/"), html.escape(value)}
        found += [(each, masked) for each in spellings]
    return found


def _of_url(url: str) -> list[tuple[str, str]]:
    target = "/" + url.partition("://")[2].partition("/")[2]
    parts = target.replace("?", "/").replace("&", "/").replace("=", "/").split("/")
    found = [(url, mask_url(url))]
    if len(target) >= _SHORTEST:
        found.append((target, "/…" + target[-4:]))
    return found + [(part, mask(part)) for part in parts if len(part) >= _TOKEN]


def _of_values(config: WebhookConfig) -> list[tuple[str, str]]:
    values = [header.value for header in config.headers if is_credential(header)]
    values += [value.rpartition(" ")[2] for value in values]  # without "Bearer"
    if config.secret is not None:
        values.append(config.secret)
    plain = [header.value for header in config.headers if not is_credential(header)]
    plain.append(_PLACEHOLDER.sub(" ", config.body_template or ""))
    values += (each for text in plain for each in _LIKE_TOKEN.findall(text) if _DIGIT.search(each))
    return [(value, mask(value)) for value in values if len(value) >= _SHORTEST]
