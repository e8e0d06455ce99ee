"""What goes out: exactly the bytes that were saved, and exactly the headers of rules.md §3."""

import asyncio

import pytest


async def test_the_request_is_these_bytes_and_no_others(receiver, sender, post):
    async with receiver() as it:
        request = post(
            it.url("/hook?token=a%2Fb"),
            body='{"data":"é"}'.encode(),
            headers=(
                ("Content-Type", "application/json"),
                ("X-Corgea-Event", "scan.started"),
                ("User-Agent", "Corgea-Webhooks/1.0"),
                ("x-custom", "a  b"),
                ("x-custom", "twice"),
            ),
        )
        outcome = await sender.attempt(request, 5)
    assert outcome.failure is None
    assert it.requests == [
        b"POST /hook?token=a%2Fb HTTP/1.1\r\n"
        b"Host: localhost:" + str(it.port).encode() + b"\r\n"
        b"Content-Type: application/json\r\n"
        b"X-Corgea-Event: scan.started\r\n"
        b"User-Agent: Corgea-Webhooks/1.0\r\n"
        b"x-custom: a  b\r\n"
        b"x-custom: twice\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Content-Length: 13\r\n"
        b"\r\n"
        b'{"data":"\xc3\xa9"}'
    ]


@pytest.mark.parametrize(
    ("saved", "sent"),
    [
        ("/a/../b/./c//d", b"/a/../b/./c//d"),
        ("/%7Euser/%2f%2F", b"/%7Euser/%2f%2F"),
        ("/p?", b"/p?"),
        ("/p?sig=a+b%20c&&x==", b"/p?sig=a+b%20c&&x=="),
        ('/p?q={"a":[1]}|^`<>', b'/p?q={"a":[1]}|^`<>'),
        ("/p?u=https://other.example/?x=1;y", b"/p?u=https://other.example/?x=1;y"),
        ("/%zz%", b"/%zz%"),
        ("", b"/"),
        ("?only=query", b"/?only=query"),
    ],
)
async def test_path_and_query_go_out_as_saved(receiver, sender, post, saved, sent):
    async with receiver() as it:
        outcome = await sender.attempt(post(it.url(saved)), 5)
    assert outcome.failure is None
    assert it.requests[0].split(b"\r\n")[0] == b"POST " + sent + b" HTTP/1.1"


async def test_no_cookie_comes_back(receiver, sender, post):
    async def talk(conversation):
        while await conversation.request():
            await conversation.reply(headers=b"Set-Cookie: session=1; Path=/\r\n")

    async with receiver(talk) as it:
        for _ in range(2):
            await sender.attempt(post(it.url()), 5)
    assert b"cookie" not in it.requests[1].lower()
    assert it.requests[0] == it.requests[1]


async def test_proxies_of_the_environment_are_not_used(
    receiver, sending, policy, post, monkeypatch
):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with receiver() as it, sending(policy) as sender:
        assert (await sender.attempt(post(it.url(host="hooks.example")), 5)).succeeded


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
async def test_a_header_cannot_begin_a_line_of_its_own(receiver, sender, post, value):
    async with receiver() as it:
        outcome = await sender.attempt(post(it.url(), headers=[("X-Custom", value)]), 5)
    assert outcome.failure.kind == "protocol"
    assert it.requests == []


async def test_a_large_body_arrives_whole(receiver, sender, post):
    body = bytes(range(256)) * 8192
    async with receiver() as it:
        assert (await sender.attempt(post(it.url(), body=body), 5)).succeeded
    assert it.requests[0].endswith(body)


async def test_an_answer_before_the_request_was_read(receiver, sender, post):
    async def talk(conversation):
        await conversation.reply("413 Content Too Large")
        await asyncio.sleep(5)

    async with receiver(talk) as it:
        outcome = await sender.attempt(post(it.url(), body=b"x" * 4_000_000), 5)
    assert outcome.failure.kind == "http"
    assert outcome.http_status == 413


async def test_sixty_four_at_once(receiver, sender, post):
    async with receiver() as it:
        request = post(it.url())
        outcomes = await asyncio.gather(*(sender.attempt(request, 5) for _ in range(64)))
    assert all(outcome.succeeded for outcome in outcomes)
    assert len(it.requests) == 64
