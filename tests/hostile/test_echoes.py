"""Receivers repeat what they were sent; nothing of it that must stay hidden is kept or shown."""

import json

import pytest

from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome, Response
from daemon.domain.deliveries.redaction import SecretRedactor
from daemon.domain.webhooks.config import Header, WebhookConfig

TOKEN = "T0KEN-of-some-length"
URL = f"https://hooks.example/services/T000/{TOKEN}?sig=SIGNATURE0123456&v=1"
BEARER = "CREDENTIAL-of-a-header"
PLAIN = "9f2c71aa03be44d1"
ROUTING = "R0UTING-KEY-of-a-template"
SECRET = "the-secret-that-signs-0123456789"
CONFIG = WebhookConfig(
    "hook",
    URL,
    ("scan.*",),
    secret=SECRET,
    headers=(
        Header("Authorization", f"Bearer {BEARER}"),
        Header("X-Team", "a-team-name"),
        Header("X-Auth", f"App {PLAIN}"),
    ),
    body_template=(
        f'{{"routing_key": "{ROUTING}", "note": "an-ordinary-long-word", "p": {{{{payload}}}},'
        ' "of": {{data.project2.name_of_the_project}}}'
    ),
)


def answered(text: str) -> Outcome:
    headers = (("Location", text), (f"X-{text}", ""))
    response = Response(302, text, headers, text.encode(), truncated=False)
    failure = Failure(ErrorKind.HTTP, f"302 {text}")
    return SecretRedactor(CONFIG).redact(Outcome(0, 1, failure, response))


@pytest.mark.parametrize(
    "text",
    [
        URL,
        f"{URL}&more=1",
        f"Cannot POST {URL.removeprefix('https://webhooks.example')}",
        json.dumps({"url": URL, "auth": f"Bearer {BEARER}"}),
        json.dumps({"url": URL}).replace("/", "\\/"),
        f'<a href="{URL.replace("&", "&amp;")}/">moved</a>',
        f"token {BEARER} is revoked, {SECRET} too; {TOKEN} as well as SIGNATURE0123456",
        f"bad key {ROUTING} for {PLAIN}",
    ],
)
def test_no_secret_is_kept_of_an_answer(text):
    outcome = answered(text)
    response = outcome.response
    kept = [response.reason, str(response.headers), response.body.decode(), str(outcome.failure)]
    for one in kept:
        for hidden in (TOKEN, BEARER, SECRET, PLAIN, ROUTING, "SIGNATURE0123456"):
            assert hidden not in one


def told_at(place: str | None) -> Outcome:
    def put(where: str) -> str:
        return TOKEN if where == place else "nothing"

    headers = ((f"X-{put('name')}", put("value")),)
    response = Response(500, put("reason"), headers, put("body").encode(), truncated=False)
    return Outcome(0, 1, Failure(ErrorKind.HTTP, put("message")), response)


@pytest.mark.parametrize("place", ["reason", "name", "value", "body", "message"])
def test_a_secret_in_any_part_of_an_answer_is_hidden(place):
    echoes, clean = SecretRedactor(CONFIG), told_at(None)
    assert echoes.redact(clean) is clean
    assert echoes.redact(clean) is clean
    assert TOKEN not in str(echoes.redact(told_at(place)))


def test_only_a_small_answer_is_remembered():
    for size, remembered in ((1_000, True), (100_000, False)):
        echoes = SecretRedactor(CONFIG)
        response = Response(200, "OK", (("X-Long", "a" * size),), b"", truncated=False)
        echoes.redact(Outcome(0, 1, None, response))
        assert (echoes._clean is response) is remembered


def test_everything_else_stays_as_it_was():
    text = (
        "a-team-name said no to v=1 at hooks.example: T000, an-ordinary-long-word,"
        " data.project2.name_of_the_project"
    )
    assert answered(text).response.body == text.encode()
    nothing = Outcome(0, 1, Failure(ErrorKind.DNS, "cannot look up"), None)
    assert SecretRedactor(CONFIG).redact(nothing) is nothing
