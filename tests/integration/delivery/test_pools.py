"""Settings that change, the authority of local receivers, and proxies."""

import asyncio
import contextlib
import logging
from dataclasses import replace

import pytest
import trustme

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.pool_selection import LOOK
from daemon.domain.deliveries.outcome import Failure

LOOPBACK = NetworkPolicy(allow=("127.0.0.0/8",))


@pytest.fixture
def local_policy(ca_path):
    """As on a developer's machine: `listen`'s authority, nothing else private."""
    return NetworkPolicy(allow=("127.0.0.0/8",), loopback_ca=ca_path)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_local_receiver_is_trusted(receiver, sending, post, local_policy, host):
    async with receiver() as it, sending(local_policy) as sender:
        assert (await sender.attempt(post(it.url(host=host)), 5)).succeeded


async def test_its_authority_vouches_for_no_other_name(receiver, sending, post, local_policy):
    # hooks.example resolves to loopback here, yet it is not a loopback name.
    async with receiver() as it, sending(local_policy) as sender:
        outcome = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert outcome.failure.kind == "tls"


async def test_localhost_elsewhere_is_not_dialled(sending, post, local_policy):
    everything = replace(local_policy, allow=("0.0.0.0/0",))
    async with sending(everything, lambda _: ("8.8.8.8",)) as sender:
        outcome = await sender.attempt(post("https://localhost/"), 5)
    assert outcome.failure == Failure("blocked", "8.8.8.8 is not a loopback address")


async def test_loopback_must_be_allowed_for_local_receivers_too(
    receiver, sending, post, local_policy
):
    async with receiver() as it, sending(replace(local_policy, allow=())) as sender:
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == "blocked"
    assert it.connections == 0


async def test_the_authority_may_appear_while_the_daemon_runs(
    receiver, sending, post, authority, tmp_path
):
    path = tmp_path / "listen-ca.pem"
    async with receiver() as it, sending(replace(LOOPBACK, loopback_ca=path)) as sender:
        before = await sender.attempt(post(it.url()), 5)
        authority.cert_pem.write_to_path(path)
        await asyncio.sleep(2 * LOOK)
        after = await sender.attempt(post(it.url()), 5)
        path.unlink()
        await asyncio.sleep(2 * LOOK)
        gone = await sender.attempt(post(it.url()), 5)
    assert before.failure.kind == "tls"
    assert after.succeeded
    assert gone.failure.kind == "tls"


async def test_the_authority_may_be_made_anew(receiver, sending, post, authority, tmp_path):
    path = tmp_path / "listen-ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    async with receiver() as it, sending(replace(LOOPBACK, loopback_ca=path)) as sender:
        before = await sender.attempt(post(it.url()), 5)
        authority.cert_pem.write_to_path(path)
        await asyncio.sleep(2 * LOOK)
        after = await sender.attempt(post(it.url()), 5)
    assert before.failure.kind == "tls"
    assert after.succeeded


async def test_an_authority_that_cannot_be_read_is_logged_and_not_trusted(
    receiver, sending, post, ca_path, tmp_path, caplog
):
    path = tmp_path / "listen-ca.pem"
    path.write_text("half a file")
    policy = replace(LOOPBACK, ca_file=ca_path, loopback_ca=path)
    with caplog.at_level(logging.WARNING):
        async with receiver() as it, sending(policy) as sender:
            outcomes = [await sender.attempt(post(it.url()), 5) for _ in range(2)]
    assert all(outcome.succeeded for outcome in outcomes)  # by ca_file, which holds here too
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(path) in caplog.text


async def test_changed_settings_hold_from_the_next_attempt_on(receiver, sending, post, policy):
    go_on = asyncio.Event()

    async def talk(conversation):
        await conversation.request()
        await go_on.wait()
        await conversation.reply()
        await conversation.request()

    async with receiver(talk) as it, sending(policy) as sender:
        url = it.url(host="hooks.example")
        running = asyncio.Task(sender.attempt(post(url), 5))
        await asyncio.wait_for(it.asked.wait(), 5)
        sender.reconfigure(NetworkPolicy(allow=()))
        blocked = await sender.attempt(post(url), 5)
        go_on.set()
        assert (await running).succeeded
        await asyncio.wait_for(it.gone.wait(), 5)  # the old connection is not kept
    assert blocked.failure.kind == "blocked"
    assert it.connections == 1


async def test_settings_that_cannot_be_carried_out_change_nothing(
    receiver, sending, post, policy, tmp_path
):
    async with receiver() as it, sending(policy) as sender:
        for broken in (
            replace(policy, ca_file=tmp_path / "none.pem"),
            replace(policy, allow=("10.0.0.0/99",)),
            replace(policy, proxy="proxy.example:3128"),
            replace(policy, proxy="socks5://proxy.example"),
        ):
            with pytest.raises(ValueError, match=r"none\.pem|10\.0\.0\.0|the proxy must be"):
                sender.reconfigure(broken)
        assert (await sender.attempt(post(it.url(host="hooks.example")), 5)).succeeded


async def test_the_same_settings_again_keep_the_connections(receiver, sending, post, policy):
    async with receiver() as it, sending(policy) as sender:
        await sender.attempt(post(it.url()), 5)
        sender.reconfigure(replace(policy))
        await sender.attempt(post(it.url()), 5)
    assert it.connections == 1


async def test_a_certificate_file_with_new_content_is_read_again(
    receiver, sending, post, policy, authority, tmp_path
):
    path = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    policy = replace(policy, ca_file=path)
    async with receiver() as it, sending(policy) as sender:
        before = await sender.attempt(post(it.url(host="hooks.example")), 5)
        authority.cert_pem.write_to_path(path)
        sender.reconfigure(policy)
        after = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert before.failure.kind == "tls"
    assert after.succeeded


class Proxy:
    """An HTTP proxy that knows CONNECT, and leads every name to loopback."""

    def __init__(self, status=b"200 Connected"):
        self.asked = []
        self._status = status
        self._writers = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://user:word@127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader, writer):
        self._writers.append(writer)
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head)
        writer.write(b"HTTP/1.1 " + self._status + b"\r\n\r\n")
        if not self._status.startswith(b"200"):
            writer.close()
            return
        port = int(head.split(b" ")[1].split(b":")[1])
        onward = await asyncio.open_connection("127.0.0.1", port)
        self._writers.append(onward[1])
        await asyncio.gather(pump(reader, onward[1]), pump(onward[0], writer))


async def pump(reader, writer):
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_everything_but_loopback_goes_through_the_proxy(receiver, sending, post, policy):
    async with receiver() as it, Proxy() as proxy:

        def lookup(host):
            assert host == "localhost"  # the proxy looks names up, not the daemon
            return ("127.0.0.1",)

        async with sending(replace(policy, proxy=proxy.url), lookup) as sender:
            for _ in range(2):
                outcome = await sender.attempt(post(it.url(host="hooks.example")), 5)
                assert outcome.succeeded
            assert (await sender.attempt(post(it.url()), 5)).succeeded
    assert len(proxy.asked) == 1  # kept; and localhost went straight
    head = f"CONNECT hooks.example:{it.port} HTTP/1.1\r\n".encode()
    assert proxy.asked[0].startswith(head)
    assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk\r\n" in proxy.asked[0]
    assert not any(b"proxy" in request.lower() for request in it.requests)


async def test_a_proxy_that_refuses(sending, post, policy):
    async with (
        Proxy(b"403 Forbidden") as proxy,
        sending(replace(policy, proxy=proxy.url)) as sender,
    ):
        outcome = await sender.attempt(post("https://hooks.example/"), 5)
    assert outcome.failure == Failure("protocol", "the proxy does not connect: 403")


async def test_a_proxy_that_is_not_there(sending, post, policy):
    async with sending(replace(policy, proxy="http://127.0.0.1:1")) as sender:
        outcome = await sender.attempt(post("https://hooks.example/"), 5)
    assert outcome.failure.kind == "refused"
    assert "proxy" in outcome.failure.message


async def test_the_proxys_address_must_be_allowed_too(sending, post, policy):
    async with sending(replace(policy, allow=(), proxy="http://127.0.0.1:1")) as sender:
        outcome = await sender.attempt(post("https://hooks.example/"), 5)
    assert outcome.failure.kind == "blocked"


def test_a_proxy_with_a_password_is_not_shown():
    assert "word" not in repr(NetworkPolicy(proxy="http://user:word@proxy.example"))
