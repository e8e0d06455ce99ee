import pytest

from daemon.api.quotas import Quotas, QuotaUsage
from daemon.protocol.refusal import Refusal


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def usage(clock=None, **quotas):
    return QuotaUsage(Quotas(**quotas), lambda uid: uid == 0, clock or Clock())


def test_connections_are_counted_for_each_user():
    held = usage(connections=2, own_connections=3)
    assert [held.opened(7) for _ in range(3)] == [True, True, False]
    assert held.opened(8)
    assert [held.opened(0) for _ in range(4)] == [True, True, True, False]
    held.closed(7)
    held.closed(7)
    assert held.opened(7)


def test_far_too_many_are_not_even_answered():
    held = usage(connections=2)
    for _ in range(4):
        held.opened(7)
    assert not held.flooded(7)
    held.opened(7)
    assert held.flooded(7)


def test_requests_have_a_rate_and_a_second_of_burst():
    clock = Clock()
    held = usage(clock, requests_a_second=3)
    for _ in range(3):
        held.count_request(7)
    with pytest.raises(Refusal) as refused:
        held.count_request(7)
    assert refused.value.problem.status == 429
    assert refused.value.retry_after == 1
    held.count_request(8)
    clock.now += 0.4
    held.count_request(7)
    with pytest.raises(Refusal):
        held.count_request(7)


def test_the_daemons_own_user_has_no_rate():
    held = usage(requests_a_second=1)
    for _ in range(100):
        held.count_request(0)
