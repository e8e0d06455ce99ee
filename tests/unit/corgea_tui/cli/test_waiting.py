import itertools

import msgspec
import pytest

from corgea_tui.cli.live.waiting import Waiter
from corgea_tui.client.errors import Refused, Unreachable
from corgea_tui.client.lean_http import ResponseTimeout
from daemon.protocol import Problem
from tests.app import fake_daemon


def delivery(identity, status, attempt=1):
    return fake_daemon.delivery(1, status, id=identity, attempt=attempt)


def change(identity, status, attempt=1):
    data = msgspec.to_builtins(delivery(identity, status, attempt))
    return msgspec.json.encode({"seq": 1, "type": "delivery", "data": data})


GAP = b'{"seq":9,"type":"gap","data":{}}'


class Daemon:
    """Streams `lines` once; asked for one delivery it gives the next of `answers`."""

    def __init__(self, lines, answers=()):
        self._lines = lines
        self._answers = list(answers)

    def stream(self, _call):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def set_timeout(self, _seconds):
        pass

    def lines(self):
        for line in self._lines:
            if isinstance(line, Exception):
                raise line
            yield line

    def send(self, _call):
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def wait(daemon, *pending, seconds=5.0, soonest=0):
    now = itertools.count()
    waiter = Waiter(daemon, lambda: float(next(now)) / 10, lambda _: None)
    wanted = dict.fromkeys(pending, soonest)
    done = list(waiter.results(lambda: waiter.pending.update(wanted), seconds))
    return [(each.id, each.status) for each in done], set(waiter.pending)


def test_each_is_reported_once_when_it_is_done():
    lines = [change("a", "pending"), b"", change("x", "failed"), change("a", "failed")]
    told, left = wait(Daemon([*lines, change("a", "failed"), change("b", "succeeded")]), "a", "b")
    assert told == [("a", "failed"), ("b", "succeeded")]
    assert not left


def test_how_it_stood_before_the_retry_is_no_end():
    lines = [change("a", "failed", 3), change("a", "pending", 4), change("a", "succeeded", 4)]
    assert wait(Daemon(lines), "a", soonest=4)[0] == [("a", "succeeded")]
    assert wait(Daemon([change("a", "discarded", 3)]), "a", soonest=4)[0] == [("a", "discarded")]


@pytest.mark.parametrize("end", [[GAP], [], [Unreachable("gone")]])
def test_where_the_stream_does_not_tell_each_one_is_asked_for(end):
    answers = [delivery("a", "pending"), Unreachable("still gone"), delivery("a", "succeeded")]
    told, left = wait(Daemon(end, answers), "a")
    assert told == [("a", "succeeded")]
    assert not left


def test_one_that_was_deleted_is_waited_for_no_more():
    told, left = wait(Daemon([GAP], [Refused(Problem("Not found", 404))]), "a")
    assert told == []
    assert not left


def test_time_runs_out():
    still = [delivery("a", "pending")] * 9
    told, left = wait(Daemon([ResponseTimeout("nothing")], still), "a", seconds=0.5)
    assert told == []
    assert left == {"a"}


def test_a_daemon_that_stays_away_is_an_error():
    gone = Unreachable("gone")
    with pytest.raises(Unreachable):
        wait(Daemon([gone], [gone] * 99), "a", seconds=1.0)
