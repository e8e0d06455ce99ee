"""What comes back, however hostile: judged, kept up to a limit, never trusted."""

import asyncio
import gzip
import time

import pytest
from aiohttp.client_proto import ResponseHandler

from daemon.domain.deliveries.outcome import BODY_LIMIT, Failure


def answering(*pieces, pause=0.0, then=None):
    """A talk that answers the first request with `pieces`, then does `then`, else hangs up."""

    async def talk(conversation):
        await conversation.request()
        for piece in pieces:
            await conversation.send(piece)
            await asyncio.sleep(pause)
        if then is not None:
            await then(conversation)

    return talk


async def hang(_):
    await asyncio.sleep(30)


async def reset(conversation):
    conversation.reset()


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "202 Accepted", "299 Fine"])
async def test_2xx_is_success(answered, status):
    head = f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok"
    outcome = await answered(answering(head.encode()))
    assert outcome.failure is None
    assert outcome.http_status == int(status[:3])
    assert outcome.response.body == b"ok"
    assert outcome.response.reason == status[4:]
    assert not outcome.response.truncated
    assert outcome.response.headers == (("Content-Length", "2"),)


async def test_204_has_no_body(answered):
    outcome = await answered(answering(b"HTTP/1.1 204 No Content\r\n\r\n", then=hang))
    assert outcome.succeeded
    assert outcome.response.body == b""
    assert not outcome.response.truncated


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("404 Not Found", "404 Not Found"),
        ("410 gone fishing", "410 Gone"),
        ("429 Too Many Requests", "429 Too Many Requests"),
        ("503 Service Unavailable", "503 Service Unavailable"),
        ("520 Web\x1b[31m Server", "520 Web[31m Server"),
        ("599 " + "x" * 500, "599 " + "x" * 80),
        ("777", "777"),
        ("101 Switching Protocols", "101 Switching Protocols"),
    ],
)
async def test_every_other_status_fails_with_its_own_words(answered, line, words):
    head = f"HTTP/1.1 {line}\r\nContent-Length: 4\r\n\r\nbody"
    outcome = await answered(answering(head.encode()))
    assert outcome.failure == Failure("http", words)
    assert outcome.http_status == int(line[:3])


async def test_304_is_no_success(answered):
    outcome = await answered(answering(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert outcome.failure == Failure("http", "304 Not Modified")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_never_followed(receiver, sender, post, status):
    async with receiver() as target:
        head = f"HTTP/1.1 {status} X\r\nLocation: {target.url()}\r\nContent-Length: 0\r\n\r\n"
        async with receiver(answering(head.encode())) as it:
            outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == "http"
    assert outcome.failure.message.startswith(str(status))
    assert outcome.failure.message.endswith(": redirects are never followed")
    assert target.connections == 0


async def test_the_body_of_a_failure_is_kept(answered):
    head = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n"
    outcome = await answered(answering(head, b"3\r\nno \r\n", b"5\r\nfield\r\n0\r\n\r\n"))
    assert outcome.failure.message == "400 Bad Request"
    assert outcome.response.body == b"no field"
    assert not outcome.response.truncated


async def test_the_status_of_a_failure_counts_though_its_body_never_ends(answered):
    head = b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\npart"
    outcome = await answered(answering(head, then=hang), 0.2)
    assert outcome.failure.kind == "http"
    assert outcome.response.body == b"part"
    assert outcome.response.truncated


async def test_ten_megabytes_are_cut_not_drained(receiver, sender, post):
    sent = 0

    async def talk(conversation):
        nonlocal sent
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
        while sent < 10_000_000:
            await conversation.send(b"x" * 10_000)
            sent += 10_000

    async with receiver(talk) as it:
        outcome = await sender.attempt(post(it.url()), 5)
        await asyncio.wait_for(it.gone.wait(), 5)
    assert outcome.succeeded
    assert outcome.response.body == b"x" * BODY_LIMIT
    assert outcome.response.truncated
    assert sent < 10_000_000


async def test_sixteen_kib_are_enough_for_success_though_more_never_comes(answered):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * BODY_LIMIT
    outcome = await answered(answering(head, then=hang), 2)
    assert outcome.succeeded
    assert outcome.response.truncated


async def test_a_body_of_exactly_the_limit_is_whole(receiver, sender, post):
    async def talk(conversation):
        while await conversation.request():
            await conversation.reply(body=b"x" * BODY_LIMIT)

    async with receiver(talk) as it:
        outcomes = [await sender.attempt(post(it.url()), 5) for _ in range(2)]
    assert all(outcome.succeeded for outcome in outcomes)
    assert not any(outcome.response.truncated for outcome in outcomes)
    assert it.connections == 1


async def test_a_2xx_whose_body_does_not_end_in_time_fails(answered):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    outcome = await answered(answering(head, *[b"x"] * 50, pause=0.05), 0.3)
    assert outcome.failure == Failure("timeout", "no end of the answer in 0.3 s")
    assert outcome.http_status == 200


async def test_a_gzip_bomb_stays_packed(answered):
    bomb = gzip.compress(b"\0" * 10_000_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    outcome = await answered(answering(head + bomb))
    assert outcome.succeeded
    assert outcome.response.body == bomb[:BODY_LIMIT]


async def test_text_in_any_encoding_is_kept(answered):
    head = (
        b"HTTP/1.1 500 \xff\xfe\r\nX-Utf8: \xc3\xa9\r\nX-Latin: \xe9\r\nContent-Length: 2\r\n\r\n"
    )
    outcome = await answered(answering(head + b"\xff\xfe"))
    assert outcome.response.headers[:2] == (("X-Utf8", "é"), ("X-Latin", "é"))
    assert outcome.response.reason == "ÿþ"
    assert outcome.response.body == b"\xff\xfe"
    assert f"{outcome.response.reason}{outcome.failure.message}".isprintable()  # no surrogates


async def test_interim_answers_are_passed_over(answered):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    final = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
    outcome = await answered(answering(interim, final))
    assert outcome.succeeded
    assert outcome.http_status == 202
    assert outcome.response.headers == (("Content-Length", "0"),)


async def test_interim_answers_without_end_are_given_up(answered):
    async def talk(conversation):
        await conversation.request()
        while True:
            await conversation.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)

    outcome = await answered(talk)
    assert outcome.failure == Failure("protocol", "interim answers only (1xx), no final one")


@pytest.mark.parametrize(
    "garbage",
    [
        b"Hello there, this is HTTP/0.9\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 OK 200\r\n\r\n",
        b"\0" * 64,
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
)
async def test_what_is_not_http_is_a_protocol_failure(receiver, sender, post, garbage):
    async with receiver(answering(garbage, then=hang)) as it:
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == "protocol"
    assert outcome.response is None
    assert it.connections == 1


async def test_a_body_of_very_many_pieces_is_read_to_its_end(answered, monkeypatch):
    """aiohttp stops reading then, until the pieces are taken."""
    paused = []
    pause = ResponseHandler.pause_reading

    def told(protocol):
        paused.append(protocol)
        pause(protocol)

    monkeypatch.setattr(ResponseHandler, "pause_reading", told)
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 8_000
    outcome = await answered(answering(chunks, b"1\r\nb\r\n" * 4_000 + b"0\r\n\r\n", pause=0.1))
    assert paused
    assert outcome.succeeded
    assert outcome.response.body == b"a" * 8_000 + b"b" * 4_000
    assert not outcome.response.truncated


async def test_garbage_for_a_chunk_is_a_protocol_failure(answered):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    outcome = await answered(answering(head, b"3\r\nabc\r\n", b"zebra\r\n", pause=0.02, then=hang))
    assert outcome.failure.kind == "protocol"
    assert outcome.response.body == b"abc"


async def test_headers_without_end_are_cut(answered):
    sent = 0

    async def talk(conversation):
        nonlocal sent
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            await conversation.send(b"X-More: %d\r\n" % sent)
            sent += 1

    outcome = await answered(talk)
    assert outcome.failure.kind == "protocol"


async def test_one_header_without_end_is_cut(answered):
    async def talk(conversation):
        await conversation.request()
        await conversation.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            await conversation.send(b"x" * 1000)

    outcome = await answered(talk)
    assert outcome.failure == Failure("protocol", "the answer has a line that is too long")


async def test_headers_that_are_too_large_together_are_refused(answered):
    lines = b"".join(b"X-%d: %b\r\n" % (number, b"x" * 8000) for number in range(9))
    outcome = await answered(answering(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n", then=hang))
    assert outcome.failure == Failure("protocol", "the headers of the answer are too large")


async def test_dribbled_headers_end_with_the_deadline(answered):
    head = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100
    pieces = [head[place : place + 1] for place in range(len(head))]
    started = time.monotonic()
    outcome = await answered(answering(*pieces, pause=0.02), 0.3)
    assert time.monotonic() - started < 2
    assert outcome.failure == Failure("timeout", "no answer in 0.3 s")
    assert outcome.response is None


@pytest.mark.parametrize(
    ("pieces", "then", "kind"),
    [
        ([], None, "closed"),
        ([], reset, "reset"),
        ([b"HTTP/1.1 2"], None, "closed"),
        ([b"HTTP/1.1 200 OK\r\nContent-"], None, "closed"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"], None, "closed"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"], reset, "reset"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"], None, "closed"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"], reset, "reset"),
        ([b"HTTP/1.1 200 OK\r\n\r\nabc"], reset, "reset"),
    ],
)
async def test_how_a_connection_ends_is_distinguished(receiver, sender, post, pieces, then, kind):
    async with receiver(answering(*pieces, pause=0.03, then=then)) as it:
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == kind
    assert (outcome.response is not None) == (b"\r\n\r\n" in b"".join(pieces))
    assert it.connections == 1


async def test_a_body_may_end_with_the_connection(answered):
    outcome = await answered(answering(b"HTTP/1.0 200 OK\r\n\r\n", b"whole"))
    assert outcome.succeeded
    assert outcome.response.body == b"whole"
    assert not outcome.response.truncated
