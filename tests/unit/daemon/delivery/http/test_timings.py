import asyncio

import pytest

from daemon.delivery.http import timings
from daemon.delivery.http.timings import AttemptTimings
from daemon.domain.deliveries.outcome import Phases

STEPS = [
    (None, "no free connection"),
    ("lookup_began", "no address for h from the name server"),
    ("lookup_ended", "no address for h from the name server"),
    ("dialled", "no connection to h"),
    ("handshake_began", "no TLS handshake with h"),
    ("sent", "no answer"),
    ("head_arrived", "no end of the answer"),
]


@pytest.mark.parametrize("reached", range(len(STEPS)))
def test_what_is_missing_at_each_step(reached):
    made = AttemptTimings()
    for step, _ in STEPS[1 : reached + 1]:
        getattr(made, step)()
    assert made.missing("h") == STEPS[reached][1]


def test_phases_without_any_step():
    assert AttemptTimings().phases() == Phases()


def test_connect_includes_tls_where_they_cannot_be_told_apart():
    made = AttemptTimings()
    made.dialled()
    made.connected()
    assert made.phases() == Phases(connect=0)


def test_starting_over_forgets():
    made = AttemptTimings()
    for step, _ in STEPS[1:]:
        getattr(made, step)()
    made.address_blocked("x")
    made.start_over()
    assert made.phases() == Phases()
    assert made.blocked is None
    assert not made.on_new_connection


async def test_a_progress_is_seen_by_what_its_task_sets_going():
    async def report():
        timings.current().dialled()

    async def attempt(made):
        timings.watch(made)
        await asyncio.gather(report(), report())

    first, second = AttemptTimings(), AttemptTimings()
    await asyncio.gather(attempt(first), attempt(second))
    assert first.on_new_connection
    assert second.on_new_connection
    assert not timings.current().on_new_connection
