"""Connections: kept, found dead, cut, and where the time went."""

import asyncio
import socket
import threading
from dataclasses import replace

import pytest

from daemon.domain.deliveries.outcome import Failure, Phases


async def hang(conversation):
    """Reads and never answers; ends when the sender goes."""
    while await conversation.request():
        pass


async def test_a_connection_is_kept_and_its_phases_are_reported(receiver, sender, post):
    async with receiver() as it:
        first = await sender.attempt(post(it.url(host="hooks.example")), 5)
        second = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert it.connections == 1
    assert None not in (first.phases.dns, first.phases.connect, first.phases.tls)
    assert first.phases.first_byte is not None
    assert second.phases == Phases(first_byte=second.phases.first_byte)
    assert second.phases.first_byte is not None


async def test_no_more_connections_are_kept_than_the_limit(receiver, sending, policy, post):
    async def send_to_each(sender, receivers):
        for each in receivers:
            assert (await sender.attempt(post(each.url()), 5)).succeeded

    two = replace(policy, max_connections=2)
    async with receiver() as a, receiver() as b, receiver() as c, sending(two) as sender:
        await send_to_each(sender, [a, b, c, a, b, c])
    assert (a.connections, b.connections, c.connections) == (1, 1, 2)


async def test_more_attempts_than_connections_wait_their_turn(receiver, sending, policy, post):
    async with receiver() as it, sending(replace(policy, max_connections=2)) as sender:
        request = post(it.url())
        outcomes = await asyncio.gather(*(sender.attempt(request, 5) for _ in range(10)))
    assert all(outcome.succeeded for outcome in outcomes)
    assert it.connections <= 2


async def test_no_free_connection_in_time(receiver, sending, policy, post):
    async with receiver(hang) as it, sending(replace(policy, max_connections=1)) as sender:
        request = post(it.url())
        first = asyncio.Task(sender.attempt(request, 0.4))
        await asyncio.wait_for(it.asked.wait(), 5)
        second = await sender.attempt(request, 0.1)
        assert not (await first).succeeded
    assert second.failure == Failure("timeout", "no free connection in 0.1 s")


async def test_a_literal_address_needs_no_look_up(receiver, sender, post):
    async with receiver() as it:
        outcome = await sender.attempt(post(it.url(host="127.0.0.1")), 5)
    assert outcome.succeeded
    assert outcome.phases.dns is None
    assert outcome.phases.connect is not None


async def test_times_are_measured(answered):
    async def talk(conversation):
        await conversation.request()
        await asyncio.sleep(0.1)
        await conversation.reply()

    outcome = await answered(talk)
    assert outcome.phases.first_byte >= 99
    assert outcome.duration_ms >= outcome.phases.first_byte
    assert outcome.started_ms > 1_700_000_000_000


def ending_the_second(end):
    """Answers the first request of a first connection, ends it with `end` on the second."""

    async def talk(conversation):
        await conversation.request()
        await conversation.reply()
        if conversation.number == 1:
            await conversation.request()
            await end(conversation)
        else:
            await conversation.request()

    return talk


async def close(_):
    pass


async def reset(conversation):
    conversation.reset()


@pytest.mark.parametrize("end", [close, reset])
async def test_a_kept_connection_that_is_closed_unanswered_is_replaced_once(
    receiver, sender, post, end
):
    async with receiver(ending_the_second(end)) as it:
        first = await sender.attempt(post(it.url()), 5)
        second = await sender.attempt(post(it.url(), body=b"second"), 5)
    assert first.succeeded
    assert second.succeeded
    assert it.connections == 2
    assert it.requests[1] == it.requests[2]
    assert second.phases.connect is not None  # of the new connection


async def test_a_dead_connection_is_replaced_by_a_new_one_not_by_another_kept_one(
    receiver, sender, post
):
    both = asyncio.Barrier(2)

    async def talk(conversation):
        await conversation.request()
        if conversation.number <= 2:
            await both.wait()
            await conversation.reply()
            await conversation.request()
        else:
            await conversation.reply()

    async with receiver(talk) as it:
        request = post(it.url())
        await asyncio.gather(sender.attempt(request, 5), sender.attempt(request, 5))
        outcome = await sender.attempt(request, 5)
    assert outcome.succeeded
    assert it.connections == 3
    assert len(it.requests) == 4  # the second kept connection saw nothing more


async def test_the_repeat_is_not_repeated(receiver, sender, post):
    async def talk(conversation):
        await conversation.request()
        if conversation.number == 1:
            await conversation.reply()
            await conversation.request()

    async with receiver(talk) as it:
        await sender.attempt(post(it.url()), 5)
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure == Failure("closed", "the receiver closed the connection unanswered")
    assert it.connections == 2
    assert len(it.requests) == 3


@pytest.mark.parametrize("end", [close, reset])
async def test_nothing_is_repeated_once_an_answer_began(receiver, sender, post, end):
    async def begin(conversation):
        await conversation.send(b"HTTP/1.1 20")
        await asyncio.sleep(0.05)
        await end(conversation)

    async with receiver(ending_the_second(begin)) as it:
        await sender.attempt(post(it.url()), 5)
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == ("closed" if end is close else "reset")
    assert it.connections == 1
    assert len(it.requests) == 2


async def test_a_new_connection_that_is_closed_unanswered_is_not_repeated(receiver, sender, post):
    async def talk(conversation):
        await conversation.request()

    async with receiver(talk) as it:
        outcome = await sender.attempt(post(it.url()), 5)
    assert outcome.failure.kind == "closed"
    assert it.connections == 1


async def test_an_answer_before_its_request_is_not_taken_for_one(receiver, sender, post):
    async def talk(conversation):
        await conversation.request()
        await conversation.reply()
        if conversation.number == 1:
            await asyncio.sleep(0.02)
            await conversation.reply("200 OK", b"forged")
        await conversation.request()
        await conversation.reply("500 Honest")

    async with receiver(talk) as it:
        await sender.attempt(post(it.url()), 5)
        await asyncio.sleep(0.06)
        outcome = await sender.attempt(post(it.url()), 5)
    assert it.connections == 2
    assert outcome.response.body == b"ok"


async def test_connection_close_is_heeded(receiver, sender, post):
    async def talk(conversation):
        await conversation.request()
        await conversation.reply(headers=b"Connection: close\r\n")
        await asyncio.sleep(30)  # and the receiver does not close: we do

    async with receiver(talk) as it:
        await sender.attempt(post(it.url()), 5)
        assert (await sender.attempt(post(it.url()), 5)).succeeded
    assert it.connections == 2


async def test_refused(sender, post):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure == Failure(
        "refused", "connection refused: cannot connect to hooks.example"
    )
    assert outcome.response is None


async def test_a_name_that_is_not_there(sender, post):
    outcome = await sender.attempt(post("https://nowhere.example/"), 5)
    assert outcome.failure.kind == "dns"
    assert "nowhere.example" in outcome.failure.message


async def test_no_answer_in_time(receiver, sender, post):
    async with receiver(hang) as it:
        outcome = await sender.attempt(post(it.url()), 0.2)
        await asyncio.wait_for(it.gone.wait(), 5)  # and the connection is cut
    assert outcome.failure == Failure("timeout", "no answer in 0.2 s")
    assert outcome.duration_ms >= 199
    assert outcome.phases.first_byte is None


async def test_no_handshake_in_time(sender, post):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 0.2)
    assert outcome.failure == Failure("timeout", "no TLS handshake with hooks.example in 0.2 s")


async def test_no_connection_in_time(sender, post):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):  # takes the only slot
            outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 0.2)
    assert outcome.failure == Failure("timeout", "no connection to hooks.example in 0.2 s")


async def test_no_address_in_time(sending, policy, post):
    answer = threading.Event()

    def never(_):
        answer.wait(20)
        return ()

    async with sending(policy, never) as sender:
        outcome = await sender.attempt(post("https://hooks.example/"), 0.2)
        answer.set()
    assert outcome.failure.kind == "timeout"
    words = "no address for hooks.example from the name server in 0.2 s"
    assert outcome.failure.message == words


async def test_an_attempt_given_up_leaves_its_connection(receiver, sender, post):
    async with receiver(hang) as it:
        attempt = asyncio.Task(sender.attempt(post(it.url()), 30))
        await asyncio.wait_for(it.asked.wait(), 5)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await asyncio.wait_for(it.gone.wait(), 5)
    assert it.connections == 1
