"""A short soak; `python -m tests.soak --minutes 600` is a long one."""

import pytest

from tests.soak.growth import MEGABYTE, Held, grown
from tests.soak.run import soak


@pytest.mark.timeout(300)
def test_a_busy_daemon_does_not_grow(home):
    """In so short a time caches still fill: memory is held against what a daemon may have."""
    soaked = soak(home, 0)
    assert [
        each for each in soaked.wrong if not each.startswith(("memory", "sender", "database"))
    ] == []
    assert max(look.memory for look in soaked.looks) < 300 * MEGABYTE
    assert 0 < max(look.sender for look in soaked.looks) < 150 * MEGABYTE
    assert soaked.events > 5_000


def test_growth_is_found():
    flat = [Held(70 * 2**20, 50 * 2**20, 40, 12, 2**20, 2**22, 10)] * 60
    assert grown(flat) == []
    leaking = [
        Held(each.memory + n * 2**20, each.sender, each.descriptors + 3 * n, 12, 2**20, 2**22, 10)
        for n, each in enumerate(flat)
    ]
    assert [each.partition(":")[0] for each in grown(leaking)] == ["memory", "descriptors"]
