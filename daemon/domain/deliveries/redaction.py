"""What a receiver says back of what it was sent: hidden before it is kept or shown (rules.md §2).

A redirect repeats the URL in `Location`, an error page the path, a debugging receiver every header.
History would then hold what is encrypted at rest and masked everywhere else.
"""

import html
import re
from itertools import chain

import msgspec

from daemon.domain.deliveries.outcome import Failure, Outcome, Response
from daemon.domain.webhooks.config import WebhookConfig
from daemon.domain.webhooks.masking import is_credential, mask, mask_url

_TELLING = 8
"""Characters from which on a path or a value is looked for; shorter ones are in any text."""
_SMALL = 2048
"""Characters of an answer that is remembered, one for each webhook."""
_TOKEN = 16
"""Characters from which on a part of a path or query is taken for a token of its own."""
_LIKE_TOKEN = re.compile(rf"[\w.~+=-]{{{_TOKEN},}}", re.ASCII)
_DIGIT = re.compile("[0-9]")
"""In what is no credential as such, e.g. a routing key in a template: long, and with a digit."""
_PLACEHOLDER = re.compile(r"\{\{[^{}]*+\}\}")


class SecretRedactor:
    """Finds and hides one webhook's secrets in what comes back from it."""

    __slots__ = ("_bytes", "_clean", "_texts")

    def __init__(self, config: WebhookConfig) -> None:
        told = dict(_told(config))
        self._texts = [(each, told[each]) for each in sorted(told, key=len, reverse=True)]
        self._bytes = [(each.encode(), shown.encode()) for each, shown in self._texts]
        self._clean: Response | None = None
        """The last small answer that had nothing to hide: the next one is often the same."""

    def hidden_in(self, outcome: Outcome) -> Outcome:
        """The outcome without anything of the webhook's that viewers, or nobody, may see."""
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
        """Whether there is anything to hide; nearly always there is not, and this is quick."""
        texts = [response.reason, *chain.from_iterable(response.headers)]
        if failure is not None:
            texts.append(failure.message)
        text, body = "\n".join(texts), response.body
        # Loops, not `any`: a generator for each answer costs more than what it looks for.
        for told, _ in self._texts:
            if told in text:
                return True
        for told_in_body, _ in self._bytes:  # noqa: SIM110  # as above
            if told_in_body in body:
                return True
        return False

    def _response(self, response: Response) -> Response:
        body = response.body
        for told, shown in self._bytes:
            body = body.replace(told, shown)
        return msgspec.structs.replace(
            response,
            reason=self._text(response.reason),
            headers=tuple(
                (self._text(name), self._text(value)) for name, value in response.headers
            ),
            body=body,
        )

    def _text(self, text: str) -> str:
        for told, shown in self._texts:
            text = text.replace(told, shown)
        return text


def _is_small(response: Response) -> bool:
    texts = chain(chain.from_iterable(response.headers), (response.reason,))
    return sum(map(len, texts)) + len(response.body) <= _SMALL


def _told(config: WebhookConfig) -> list[tuple[str, str]]:
    """What to look for, in the spellings that receivers use, and what to put in its place."""
    found = []
    for value, shown in (*_of_url(config.url), *_of_values(config)):
        spellings = {value, value.replace("/", "\\/"), html.escape(value)}
        found += [(each, shown) for each in spellings]
    return found


def _of_url(url: str) -> list[tuple[str, str]]:
    target = "/" + url.partition("://")[2].partition("/")[2]
    parts = target.replace("?", "/").replace("&", "/").replace("=", "/").split("/")
    found = [(url, mask_url(url))]
    if len(target) >= _TELLING:
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
    return [(value, mask(value)) for value in values if len(value) >= _TELLING]
