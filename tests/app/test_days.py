"""Days of deliveries through the app: memory does not grow, and nothing is painted when idle."""

import gc
import sys
from pathlib import Path

import msgspec
import pytest

from corgea_tui.client.updates import UpdateBatch
from daemon.protocol import Delivery
from tests.app.fake_daemon import delivery, stamp

PAINT_EVERY = 200
"""Batches between two paintings: a screen shows ten a second of what may be a thousand."""


def megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def made(number):
    created = stamp(number / 1000)
    status = ("succeeded", "failed", "pending")[number % 3]
    return msgspec.structs.replace(TEMPLATE, id=f"d{number}", status=status, created_at=created)


TEMPLATE = delivery(0)
BATCH = 100


async def stream(app, start, stop):
    for number in range(start, stop, BATCH):
        batch = UpdateBatch(deliveries=tuple(made(n) for n in range(number, number + BATCH)))
        if number // BATCH % PAINT_EVERY:
            app.session.apply(batch)
        else:
            app.link.post(batch)
            await app.pilot.pause(0)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("reading", [False, True])
async def test_a_million_deliveries_leave_no_trace_in_memory(run, reading):
    async with run() as app:
        await stream(app, 0, 100_000)
        if reading:
            await app.press("down")
        await stream(app, 100_000, 120_000)
        gc.collect()
        before = megabytes()
        await stream(app, 120_000, 1_000_000)
        gc.collect()
        assert megabytes() - before < 20
        assert len(app.session.feed) < 6_000
        assert isinstance(app.session.feed.row(0), Delivery)


def painted(app):
    """What would be written to the terminal from now on."""
    written = []
    console = app.app.console

    def display(_screen, update):
        written.append(update.render_segments(console))

    app.app._display = display
    return written


async def test_nothing_is_painted_when_nothing_changes(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(50)]
    async with run("down", "2", "1") as app:
        written = painted(app)
        await app.pilot.pause(0.5)
        app.link.post(UpdateBatch(daemon=daemon.info))
        await app.settle()
        assert written == []


async def test_a_change_paints_its_own_line_only(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(50)]
    async with run() as app:
        await app.press("down", "down")  # the first also makes room for the detail
        written = painted(app)
        await app.arrive(delivery(45, "failed"))
        assert "✖ failed" in "".join(written)
        assert len("".join(written)) < 1_500


async def test_a_step_paints_two_rows_not_the_list(run, daemon):
    daemon.deliveries = [delivery(number) for number in range(20)]
    async with run("down", "down") as app:
        feed = app.app.screen.list
        painted = []
        render = feed.render_line
        feed.render_line = lambda y: painted.append(y) or render(y)
        await app.press("down")
        assert set(painted) == {2, 3}
