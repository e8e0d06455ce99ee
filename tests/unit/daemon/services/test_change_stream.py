"""The change stream: merged, in order, made once for each view, bounded for slow watchers."""

import asyncio

import msgspec
import pytest

from daemon.protocol.refusal import Refusal
from daemon.services import change_stream
from daemon.services.change_stream import ChangeHub


def everything(_type, _data):
    return True


def lines(subscription, above=0):
    taken = subscription.take(above)
    if taken is None:
        return "gap"
    return [msgspec.json.decode(line) for line in taken.lines(subscription._urls).splitlines()]


def view(value, urls):
    return {"value": value, "urls": urls}


def publish(hub, seq, key="a", type_="delivery", make=view):
    hub.publish(seq, type_, key, make, seq)
    hub.advance(seq)


async def flushed():
    await asyncio.sleep(2 / change_stream.FLUSHES)


@pytest.fixture
async def hub():
    hub = ChangeHub(7)
    yield hub
    hub.close()


async def test_without_a_watcher_nothing_is_made_or_kept(hub):
    publish(hub, 8, make=lambda what, urls: 1 / 0)
    assert hub.seq == 8
    assert not hub._unflushed


async def test_the_first_change_comes_at_once(hub):
    subscription = hub.subscribe(everything, urls=True)
    publish(hub, 8)
    await subscription.wait(5)
    assert lines(subscription) == [
        {"seq": 8, "type": "delivery", "data": {"value": 8, "urls": True}}
    ]
    assert subscription.position == 8


async def test_changes_of_one_object_merge_and_keep_the_order_of_numbers(hub):
    subscription = hub.subscribe(everything, urls=True)
    for seq, key in ((8, "a"), (9, "b"), (10, "a")):
        publish(hub, seq, key)
    await flushed()
    publish(hub, 11, "b")
    await flushed()
    assert [line["seq"] for line in lines(subscription)] == [10, 11]


async def test_one_key_of_two_types_is_two_objects(hub):
    subscription = hub.subscribe(everything, urls=True)
    publish(hub, 8, "a")
    publish(hub, 9, "a", "event")
    await flushed()
    assert [line["type"] for line in lines(subscription)] == ["delivery", "event"]


async def test_an_object_is_made_once_for_each_view(hub):
    made = []
    subscriptions = [hub.subscribe(everything, urls=urls) for urls in (True, True, False, False)]
    publish(hub, 8, make=lambda _, urls: made.append(urls) or {"urls": urls})
    await flushed()
    assert [lines(each)[0]["data"]["urls"] for each in subscriptions] == [True, True, False, False]
    assert sorted(made) == [False, True]


async def test_who_keeps_up_and_wants_all_shares_the_bytes(hub):
    first, second, slow = (hub.subscribe(None, urls=True) for _ in range(3))
    publish(hub, 8)
    await flushed()
    taken = first.take(0)
    assert taken.lines(urls=True) is second.take(0).lines(urls=True)
    publish(hub, 9, "b")
    await flushed()
    assert [line["seq"] for line in lines(slow)] == [8, 9]
    # Also a watcher that came with more than the hub had handled: only the first take looks for it.
    assert first.take(8).lines(urls=True) is second.take(8).lines(urls=True)


async def test_what_came_before_is_not_shown(hub):
    first = hub.subscribe(everything, urls=True)
    publish(hub, 8)
    second = hub.subscribe(everything, urls=True)
    publish(hub, 9, "b")
    await flushed()
    assert [line["seq"] for line in lines(first)] == [8, 9]
    assert [line["seq"] for line in lines(second)] == [9]


async def test_what_is_not_wanted_moves_the_position_on(hub):
    subscription = hub.subscribe(lambda type_, _data: type_ == "job", urls=True)
    publish(hub, 8)
    await flushed()
    assert subscription.position == 8
    assert lines(subscription) == []


async def test_the_position_waits_for_what_waits(hub):
    subscription = hub.subscribe(everything, urls=True)
    publish(hub, 8)
    await flushed()
    assert subscription.position == 7
    lines(subscription)
    assert subscription.position == 8


async def test_what_the_watcher_has_is_left_out(hub):
    subscription = hub.subscribe(everything, urls=True)
    publish(hub, 8, "a")
    publish(hub, 9, "b")
    await flushed()
    assert [line["seq"] for line in lines(subscription, above=8)] == [9]


async def test_a_slow_watcher_gets_a_gap_and_then_what_is_new(hub, monkeypatch):
    monkeypatch.setattr(change_stream, "MOST_WAITING", 3)
    slow, quick = (hub.subscribe(everything, urls=True) for _ in range(2))
    for seq in range(8, 13):
        publish(hub, seq, f"key-{seq}")
        await flushed()
        assert len(lines(quick)) == 1
    assert lines(slow) == "gap"
    assert slow.position == 12
    publish(hub, 13, "new")
    await flushed()
    assert [line["seq"] for line in lines(slow)] == [13]


async def test_merged_changes_are_no_gap(hub, monkeypatch):
    monkeypatch.setattr(change_stream, "MOST_WAITING", 3)
    subscription = hub.subscribe(everything, urls=True)
    for seq in range(8, 20):
        publish(hub, seq)
        await asyncio.sleep(0)
    await flushed()
    assert [line["seq"] for line in lines(subscription)] == [19]


async def test_who_left_costs_nothing(hub):
    subscription = hub.subscribe(everything, urls=True)
    subscription.close()
    subscription.close()
    publish(hub, 8)
    assert not hub._unflushed


async def test_waiting_ends_when_woken(hub):
    subscription = hub.subscribe(everything, urls=True)
    asyncio.get_running_loop().call_soon(subscription.wake)
    async with asyncio.timeout(1):
        await subscription.wait(60)
    assert lines(subscription) == []
    await subscription.wait(0.01)


# --- waiting until a change has been handled ------------------------------------------------------


async def waiting(hub, seq):
    """A task that waits until `seq` is reached."""
    task = asyncio.get_running_loop().create_task(hub.reached(seq))
    await asyncio.sleep(0)
    return task


async def test_what_was_handled_is_reached_at_once(hub):
    await hub.reached(6)
    await hub.reached(7)
    assert not hub._reaching


async def test_a_number_is_reached_when_its_batch_was_handled_and_not_before(hub):
    eight, nine = await waiting(hub, 8), await waiting(hub, 9)
    hub.publish(8, "delivery", "a", view, 8)
    await asyncio.sleep(0)
    assert not eight.done(), "published, but other facts of the batch are still to be handled"
    hub.advance(8)
    await eight
    assert not nine.done()
    hub.advance(12)  # numbers for which nothing was published count as well
    await nine
    assert not hub._reaching


async def test_a_number_that_is_not_reached_in_time_is_refused(hub, monkeypatch):
    monkeypatch.setattr(change_stream, "REACH_SECONDS", 0.01)
    with pytest.raises(Refusal, match="change 8 is on disk") as refused:
        await hub.reached(8)
    assert refused.value.problem.status == 503
    assert refused.value.retry_after == 1
    assert not hub._reaching


async def test_one_that_stops_waiting_disturbs_no_other(hub):
    first, second = await waiting(hub, 8), await waiting(hub, 8)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    hub.advance(8)
    await second
    assert not hub._reaching


async def test_a_stop_refuses_those_that_wait_and_those_that_come(hub):
    task = await waiting(hub, 8)
    hub.close()
    with pytest.raises(Refusal, match="stopping"):
        await task
    with pytest.raises(Refusal, match="stopping"):
        await hub.reached(8)
    await hub.reached(7)
