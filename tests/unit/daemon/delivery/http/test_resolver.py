import asyncio
import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from daemon.delivery.http.resolver import LOOKUPS_AT_ONCE, LOOKUPS_PER_HOST, Resolver, system_lookup


class NameServer:
    """Answers at once, but for names that begin with `hang`: those when it is `released`."""

    def __init__(self):
        self.released = threading.Event()
        self.asked = []
        self.running = {}
        self.most = {}
        self._lock = threading.Lock()

    def __call__(self, host):
        with self._lock:
            self.asked.append(host)
            self.running[host] = self.running.get(host, 0) + 1
            self.most[host] = max(self.most.get(host, 0), self.running[host])
        if host.startswith("hang"):
            self.released.wait(20)
        with self._lock:
            self.running[host] -= 1
        if host.startswith("bad"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return ("192.0.2.1", "2001:db8::1")


@pytest.fixture
def server():
    made = NameServer()
    yield made
    made.released.set()


@contextmanager
def waiting(*lookups):
    tasks = [asyncio.Task(lookup) for lookup in lookups]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()


async def settled(condition):
    while not condition():  # a thread cannot set an asyncio event
        await asyncio.sleep(0.005)


async def test_addresses_come_with_port_and_family(server):
    found = await Resolver(server).resolve("hooks.example", 8443)
    assert [(entry["host"], entry["port"], entry["family"]) for entry in found] == [
        ("192.0.2.1", 8443, socket.AF_INET),
        ("2001:db8::1", 8443, socket.AF_INET6),
    ]


async def test_an_error_is_the_name_servers(server):
    with pytest.raises(socket.gaierror, match="no such name"):
        await Resolver(server).resolve("bad.example")


async def test_no_address_is_an_error():
    with pytest.raises(socket.gaierror, match="no address"):
        await Resolver(lambda _: ()).resolve("empty.example")


async def test_an_invalid_name_is_an_error():
    def refuse(host):
        raise UnicodeError("label too long")

    with pytest.raises(socket.gaierror, match="not a name"):
        await Resolver(refuse).resolve("x" * 70)


async def test_nothing_is_cached(server):
    resolver = Resolver(server)
    for _ in range(3):
        await resolver.resolve("hooks.example")
    assert len(server.asked) == 3


async def test_a_host_has_at_most_two_look_ups_however_many_ask(server):
    resolver = Resolver(server)
    with waiting(*(resolver.resolve("hang.example") for _ in range(50))) as tasks:
        await settled(lambda: len(server.asked) == LOOKUPS_PER_HOST)
        await asyncio.sleep(0.02)
        assert len(server.asked) == LOOKUPS_PER_HOST
        server.released.set()
        found = await asyncio.gather(*tasks)
    assert len(found) == 50
    assert server.most["hang.example"] == LOOKUPS_PER_HOST
    assert len(server.asked) == LOOKUPS_PER_HOST  # all who had asked share the answers


async def test_shared_failures_reach_every_caller(server):
    resolver = Resolver(server)
    failed = await asyncio.gather(
        *(resolver.resolve("bad.example") for _ in range(20)), return_exceptions=True
    )
    assert all(isinstance(error, socket.gaierror) for error in failed)
    assert len({id(error) for error in failed}) == 20


async def test_hanging_names_do_not_stop_others(server):
    resolver = Resolver(server)
    hanging = [f"hang{number}.example" for number in range(LOOKUPS_AT_ONCE // 2 - 1)]
    with waiting(*(resolver.resolve(host) for host in hanging for _ in range(10))):
        await settled(lambda: len(server.asked) == len(hanging) * LOOKUPS_PER_HOST)
        assert await asyncio.wait_for(resolver.resolve("hooks.example"), 2)


async def test_a_look_up_given_up_still_counts_until_it_really_ends(server):
    resolver = Resolver(server)
    for _ in range(5):
        with suppress(TimeoutError):
            await asyncio.wait_for(resolver.resolve("hang.example"), 0.02)
    assert len(server.asked) == LOOKUPS_PER_HOST
    server.released.set()
    await settled(lambda: not resolver._hosts)  # nothing is left behind
    assert await resolver.resolve("hang.example")
    assert resolver._slots._value == LOOKUPS_AT_ONCE


async def test_more_look_ups_than_threads_wait_their_turn(server):
    resolver = Resolver(server)
    names = [f"hang{number}.example" for number in range(LOOKUPS_AT_ONCE + 5)]
    with waiting(*(resolver.resolve(name) for name in names)) as tasks:
        await settled(lambda: len(server.asked) == LOOKUPS_AT_ONCE)
        await asyncio.sleep(0.02)
        assert len(server.asked) == LOOKUPS_AT_ONCE
        tasks[-1].cancel()
        server.released.set()
        await asyncio.gather(*tasks[:-1])
    assert names[-1] not in server.asked
    assert not resolver._hosts


async def test_no_thread_left_is_a_failure_not_a_leak(server, monkeypatch):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    resolver = Resolver(server)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(socket.gaierror, match="new thread"):
        await resolver.resolve("hooks.example")
    assert not resolver._hosts


def test_a_look_up_may_outlive_its_loop(server):
    async def give_up():
        with suppress(TimeoutError):
            await asyncio.wait_for(Resolver(server).resolve("hang.example"), 0.02)

    asyncio.run(give_up())
    thread = next(t for t in threading.enumerate() if t.name == "look-up of hang.example")
    server.released.set()
    thread.join(2)
    assert not thread.is_alive()
    assert thread.daemon


def test_the_system_knows_localhost():
    assert set(system_lookup("localhost")) <= {"127.0.0.1", "::1"}
