"""A short soak; `python -m tests.soak --minutes 600` is a long one."""

import pytest

from tests.soak.growth import Held, grown
from tests.soak.run import soak


@pytest.mark.timeout(300)
def test_a_daemon_that_works_all_the_time_does_not_grow(home):
    soaked = soak(home, 0)
    assert soaked.wrong == []
    assert soaked.events > 5_000


def test_growth_is_seen():
    flat = [Held(70 * 2**20, 40, 12, 2**20, 2**22, 10)] * 60
    assert grown(flat) == []
    leaking = [Held(each.memory + n * 2**19, each.descriptors + n, 12, 2**20, 2**22, 10)
               for n, each in enumerate(flat)]  # fmt: skip
    assert [each.partition(":")[0] for each in grown(leaking)] == ["memory", "descriptors"]
