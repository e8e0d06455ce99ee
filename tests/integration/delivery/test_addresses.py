"""The address policy at work: it decides on the address that is about to be dialled."""

import socket

import pytest

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.resolver import system_lookup

NOTHING = NetworkPolicy()

# Every one of these is this machine or its network, in a spelling that may hide it.
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "169.254.169.254",
    "2852039166",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "localhost",
    "LOCALHOST",
]


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_a_private_address_is_dialled(sending, post, host):
    async with sending(NOTHING, system_lookup) as sender:
        # Port 1: were it dialled, it would be refused, which is another kind.
        outcome = await sender.attempt(post(f"https://{host}:1/"), 5)
    assert outcome.failure.kind == "blocked", outcome.failure
    assert outcome.phases.connect is None


async def test_a_name_is_judged_by_its_address(sending, post):
    async with sending(NOTHING, lambda _: ("192.168.7.7",)) as sender:
        outcome = await sender.attempt(post("https://rebinding.example/"), 5)
    assert outcome.failure.kind == "blocked"
    assert "192.168.7.7" in outcome.failure.message


async def test_of_mixed_addresses_only_the_allowed_one_is_dialled(receiver, sending, post, policy):
    async with receiver() as it:
        mixed = ("10.0.0.1", "fd00::1", "169.254.169.254", "127.0.0.1")
        async with sending(policy, lambda _: mixed) as sender:
            outcome = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert outcome.succeeded
    assert it.connections == 1


async def test_of_mixed_addresses_the_failure_is_that_of_the_one_dialled(sending, post, policy):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with sending(policy, lambda _: ("127.0.0.1", "10.0.0.1")) as sender:
            outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure.kind == "refused"


async def test_a_name_may_change_its_address_between_attempts(receiver, sending, post, policy):
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])

    async def talk(conversation):
        await conversation.request()
        await conversation.reply(headers=b"Connection: close\r\n")

    async with receiver(talk) as it, sending(policy, lambda _: next(answers)) as sender:
        first = await sender.attempt(post(it.url(host="hooks.example")), 5)
        second = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert first.succeeded
    assert second.failure.kind == "blocked"


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "64:ff9b::a9fe:a9fe"]
)
async def test_metadata_stays_shut_though_everything_is_open(sending, post, address):
    everything = NetworkPolicy(allow=("0.0.0.0/0", "::/0"))
    async with sending(everything, lambda _: (address,)) as sender:
        outcome = await sender.attempt(post("https://innocent.example/"), 5)
    assert outcome.failure.kind == "blocked"
    assert "metadata" in outcome.failure.message


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "hooks.example/",
        "https://",
        "https:///path",
        "https://user:hunter2@hooks.example/",
        "https://hooks.example/#fragment",
        "https://hooks.example/a b",
        "https://hooks.example/a\r\nX: y",
        "https://hooks.example:99999/",
        "https://hooks.example:0/",
        "https://hooks.example:port/",
        "https://ho oks.example/",
        "https://ho%6fks.example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "",
    ],
)
async def test_what_is_no_https_url_is_not_sent_to(sending, post, policy, url):
    def forbidden_lookup(_):
        raise AssertionError("looked up")

    async with sending(policy, forbidden_lookup) as sender:
        outcome = await sender.attempt(post(url), 5)
    assert outcome.failure.kind == "blocked"
    assert "hunter2" not in outcome.failure.message
    assert outcome.response is None


async def test_plain_http_is_refused_in_these_words(sender, post):
    outcome = await sender.attempt(post("http://hooks.example/"), 5)
    assert outcome.failure.message == "the URL must start with https://: nothing is sent in clear"
