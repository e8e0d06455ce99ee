"""Worker processes: whatever happens to them, each attempt has a true outcome."""

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

import daemon
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.workers import handle, pool
from daemon.delivery.workers.pool import WorkerPool


def worker_pids():
    """The worker processes that this process has started."""
    mine = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return [pid for pid in map(int, mine) if _name(pid) == "corgea-sender"]


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return None


async def until(condition, seconds=20.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def running_pool(policy):
    """A function that makes a pool with so many workers."""

    @asynccontextmanager
    async def make(processes=1, **changes):
        made = WorkerPool(replace(policy, processes=processes, **changes))
        try:
            await until(lambda: made.workers == (processes or 0))
            yield made
        finally:
            await made.close()
        assert not worker_pids()

    return make


@pytest.fixture
def own_sends_nothing(monkeypatch):
    async def refuse(*_):
        raise AssertionError("the daemon itself has sent")

    monkeypatch.setattr("daemon.delivery.http.sender.Sender.attempt", refuse)


class Hanging:
    """Answers nothing until it may; tells how many it was asked."""

    def __init__(self):
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def __call__(self, conversation):
        while await conversation.request():
            self.asked += 1
            await self.may_answer.wait()
            await conversation.reply()


@pytest.mark.usefixtures("own_sends_nothing")
async def test_an_outcome_comes_back_whole(receiver, running_pool, post):
    async with receiver() as it, running_pool() as pool:
        request = post(it.url(), body=b'{"text":"\xc3\xa4"}', headers=[("X-Of-Us", "ä")])
        outcome = await pool.attempt(request, 5)
        again = await pool.attempt(request, 5)
    assert outcome.succeeded
    assert outcome.response.status == 200
    assert outcome.phases.tls is not None
    assert again.phases.tls is None, "the process keeps its connections"
    assert it.requests[0].endswith(b'{"text":"\xc3\xa4"}')
    assert b"X-Of-Us: \xc3\xa4\r\n" in it.requests[0]


@pytest.mark.usefixtures("own_sends_nothing")
async def test_two_processes_share_what_there_is(receiver, running_pool, post):
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool(2) as pool:
        request = post(it.url())
        attempts = [asyncio.Task(pool.attempt(request, 5)) for _ in range(6)]
        await until(lambda: hanging.asked == 6)
        assert [len(each) for each in pool._workers] == [3, 3]
        hanging.may_answer.set()
        assert all(each.succeeded for each in await asyncio.gather(*attempts))


@pytest.mark.usefixtures("own_sends_nothing")
async def test_failures_come_back_as_without_workers(receiver, running_pool, post, policy):
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool() as pool:
        late = await pool.attempt(post(it.url()), 0.2)
        refused = await pool.attempt(post("https://127.0.0.1:1/"), 5)
        pool.reconfigure(replace(policy, processes=1, allow=()))
        blocked = await pool.attempt(post(it.url()), 5)
    assert (late.failure.kind, late.failure.message) == ("timeout", "no answer in 0.2 s")
    assert refused.failure.kind == "refused"
    assert blocked.failure.kind == "blocked"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_what_a_process_was_sending_is_interrupted(
    receiver, running_pool, post, caplog, monkeypatch, number
):
    monkeypatch.setattr(pool, "RESTART_PAUSE", 0.5)
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool() as sending:
        attempt = asyncio.Task(sending.attempt(post(it.url()), 10))
        await until(lambda: hanging.asked == 1)
        os.kill(worker_pids()[0], number)
        assert (await attempt).failure.kind == "interrupted"
        hanging.may_answer.set()
        assert "ended by itself" in caplog.text
        await sending.attempt(post(it.url()), 10)
        await until(lambda: sending.workers == 1)


async def test_a_process_that_ended_by_itself_is_waited_for(running_pool, monkeypatch):
    waited_for = []
    end = handle.WorkerHandle.end

    async def told(process):
        await end(process)
        waited_for.append(process)

    monkeypatch.setattr(handle.WorkerHandle, "end", told)
    async with running_pool() as sending:
        (died,) = sending._workers
        os.kill(worker_pids()[0], signal.SIGKILL)
        await until(lambda: not sending._workers)
        await sending.close()
    assert died in waited_for
    # With which code is not promised: asyncio says 255 where killing it again has noticed its end.
    assert died._process.returncode is not None


async def test_a_process_that_hangs_is_ended(receiver, running_pool, post, caplog, monkeypatch):
    monkeypatch.setattr(handle, "GRACE", 0.5)
    async with receiver() as it, running_pool() as pool:
        os.kill(worker_pids()[0], signal.SIGSTOP)
        assert (await pool.attempt(post(it.url()), 0.5)).failure.kind == "interrupted"
        assert (await pool.attempt(post(it.url()), 5)).succeeded
    assert "hangs" in caplog.text


@pytest.mark.usefixtures("own_sends_nothing")
async def test_a_daemon_that_was_held_up_kills_no_worker(receiver, running_pool, post, monkeypatch):
    """Stopped and continued, for example: the answers have arrived and are not read yet."""
    monkeypatch.setattr(handle, "GRACE", 0.1)
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool() as pool:
        (pid,) = worker_pids()
        attempts = [asyncio.Task(pool.attempt(post(it.url()), each)) for each in (0.3, 30, 30)]
        await until(lambda: hanging.asked == 3)
        time.sleep(2.5)  # noqa: ASYNC251  # holding the loop up is what it is about
        assert (await attempts[0]).failure.kind == "timeout"
        hanging.may_answer.set()
        assert [(await each).succeeded for each in attempts[1:]] == [True, True]
        assert worker_pids() == [pid]


async def test_a_dead_worker_whose_connection_stays_is_given_up(
    receiver, running_pool, post, monkeypatch
):
    monkeypatch.setattr(handle, "GRACE", 0.1)
    monkeypatch.setattr(handle.WorkerHandle, "_kill", lambda _: None)  # as when the kernel holds it
    monkeypatch.setattr(handle, "END_SECONDS", 0.5)
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool() as pool:
        (pid,) = worker_pids()
        os.kill(pid, signal.SIGSTOP)
        assert (await pool.attempt(post(it.url()), 0.3)).failure.kind == "interrupted"
        hanging.may_answer.set()
        assert (await pool.attempt(post(it.url()), 5)).succeeded
        os.kill(pid, signal.SIGKILL)
        await until(lambda: not worker_pids())


async def test_a_worker_that_retires_is_ended_with_the_others(receiver, running_pool, post, policy):
    hanging = Hanging()
    async with receiver(hanging) as it, running_pool() as pool:
        attempt = asyncio.Task(pool.attempt(post(it.url()), 30))
        await until(lambda: hanging.asked == 1)
        pool.reconfigure(replace(policy, processes=0))
        assert worker_pids()
        await pool.close()
        assert not worker_pids()
        assert (await attempt).failure.kind == "interrupted"


async def test_a_process_of_another_version_does_not_send(running_pool, caplog, capfd, monkeypatch):
    monkeypatch.setattr(daemon, "__version__", "0.0.1")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3), running_pool():
            pass
    assert "sending continues without" in caplog.text
    assert "0.0.1 runs: restart the daemon" in capfd.readouterr().err


async def test_a_file_of_certificates_that_broke_later_is_logged(
    running_pool, capfd, ca_path, tmp_path
):
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    policy = NetworkPolicy(allow=("127.0.0.0/8",), ca_file=ca_path, processes=1)
    made = WorkerPool(policy)
    try:
        await until(lambda: made.workers == 1)
        made._workers[0].use(replace(policy, ca_file=broken))
        await until(lambda: made.workers == 0)
    finally:
        await made.close()
    assert "holds no certificate" in capfd.readouterr().err


async def test_all_trust_the_file_that_a_new_process_reads(
    receiver, policy, post, authority, monkeypatch, tmp_path
):
    monkeypatch.setattr(pool, "cores", lambda: 2)
    trusted = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(trusted)
    made = WorkerPool(replace(policy, ca_file=trusted, processes=None))
    try:
        async with receiver() as it:
            assert (await made.attempt(post(it.url()), 5)).failure.kind == "tls"
            authority.cert_pem.write_to_path(trusted)
            made._fit(busy=True)
            await until(lambda: made.workers == 1)
            assert (await made.attempt(post(it.url()), 5)).succeeded
            assert (await made._own.attempt(post(it.url()), 5)).succeeded
    finally:
        await made.close()


@pytest.mark.usefixtures("own_sends_nothing")
async def test_an_attempt_that_is_cut_leaves_its_connection(receiver, running_pool, post):
    async def never_answered(conversation):
        while await conversation.request():
            pass

    async with receiver(never_answered) as it, running_pool() as pool:
        attempt = asyncio.Task(pool.attempt(post(it.url()), 10))
        await it.asked.wait()
        attempt.cancel()
        await asyncio.wait_for(it.gone.wait(), 5)
        assert (await asyncio.wait_for(asyncio.gather(attempt, return_exceptions=True), 1))[0]
        assert worker_pids()


async def test_processes_come_with_the_load_and_go_with_it(
    receiver, running_pool, post, monkeypatch, policy
):
    monkeypatch.setattr(pool, "BUSY", 20)
    monkeypatch.setattr(pool, "CALM", 10)
    monkeypatch.setattr(pool, "CALM_SECONDS", 2)
    monkeypatch.setattr(pool, "cores", lambda: 2)
    async with receiver() as it, running_pool(None) as sending:
        request = post(it.url())
        assert (await sending.attempt(request, 5)).succeeded
        await asyncio.sleep(1.2)
        assert not worker_pids()
        outcomes = await asyncio.gather(*(sending.attempt(request, 5) for _ in range(60)))
        assert all(each.succeeded for each in outcomes)
        await until(lambda: sending.workers == 1)
        assert (await sending.attempt(request, 5)).succeeded
        await until(lambda: not worker_pids())
        assert (await sending.attempt(request, 5)).succeeded
        sending.reconfigure(replace(policy, processes=2))
        await until(lambda: sending.workers == 2)
        sending.reconfigure(replace(policy, processes=0))
        await until(lambda: not worker_pids())


def _no_program(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")


def _no_thread(monkeypatch):
    def start(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)


@pytest.mark.parametrize("lacking", [_no_program, _no_thread])
async def test_without_processes_it_goes_on(receiver, policy, post, caplog, monkeypatch, lacking):
    async with receiver() as it:
        lacking(monkeypatch)
        pool = WorkerPool(replace(policy, processes=1))
        try:
            await until(lambda: "sending continues without" in caplog.text)
            assert (await pool.attempt(post(it.url()), 5)).succeeded
        finally:
            await pool.close()
    assert "never retrieved" not in caplog.text


async def test_text_that_no_message_can_carry_is_sent_by_the_daemon(receiver, running_pool, post):
    async with receiver() as it, running_pool() as pool:
        outcome = await pool.attempt(post(it.url(), headers=[("X-Odd", "\ud800")]), 5)
    assert not outcome.succeeded
