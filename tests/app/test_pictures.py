"""What the screens look like, as text: a change of their layout shows in the diff of a file.

`CORGEA_PICTURES=write` writes the files anew; then look at them.
"""

import os
from pathlib import Path

import pytest
from rich.color import ColorType

from corgea_tui.app.settings import TuiSettings
from tests.app.fake_daemon import (
    decision,
    delivery,
    event,
    event_detail,
    page,
    stamp,
    statistics,
    webhook,
)

PICTURES = Path(__file__).parent / "pictures"
SIZES = {"wide": (120, 36), "narrow": (80, 24), "tiny": (60, 20), "huge": (200, 40)}
KEYS = {"deliveries": ("n",), "webhooks": ("2", "down"), "events": ("3", "down")}


@pytest.fixture
def full(daemon):
    """A daemon with a little of everything."""
    paused = {"state": "paused", "paused_reason": "10 failures in a row"}
    daemon.webhooks = [
        webhook(),
        webhook(2, name="Jira tickets", statistics=statistics(consecutive_failures=4)),
        webhook(3, name="Audit", events=["user.*"], paused_at=stamp(-1500), **paused),
    ]
    daemon.deliveries = [
        delivery(990, event_type="user.login", project=None, project_name=None),
        delivery(991, "discarded", http_status=None, attempt=0, reason="paused: by ann"),
        delivery(992, "failed", webhook_id="w2", webhook_name="Jira tickets"),
        delivery(993, "pending", http_status=None, attempt=1, next_attempt_at=stamp(3)),
        delivery(994, "pending", http_status=None, in_flight=True),
        delivery(995, event_type="issue.status_changed", duration_ms=10_000),
    ]
    events = [event(2), event(1, event_type="user.login", matched=0, project=None)]
    daemon.answers["GET", "/v1/events"] = page(events)
    daemon.answers["GET", "/v1/events/e2"] = event_detail(events[0])
    daemon.answers["GET", "/v1/events/e2/explain"] = [
        decision("not_subscribed", "Audit", "to scan.completed (subscribes to user.*)")
    ]
    return daemon


def compare(app, name):
    """The screen against its picture; blanks at the ends of lines do not count."""
    seen = "\n".join(line.rstrip() for line in app.lines) + "\n"
    path = PICTURES / f"{name}.txt"
    if os.environ.get("CORGEA_PICTURES") == "write":
        PICTURES.mkdir(exist_ok=True)
        path.write_text(seen)
    assert seen == path.read_text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", KEYS)
async def test_a_place_at_a_size(run, full, place, size):
    async with run(*KEYS[place], size=SIZES[size]) as app:
        compare(app, f"{place}-{size}")


@pytest.mark.parametrize("place", KEYS)
async def test_an_empty_place(run, place):
    async with run(KEYS[place][0], size=SIZES["narrow"]) as app:
        compare(app, f"{place}-empty")


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_failing_while_nothing_is_selected(run, full, size):
    async with run(size=SIZES[size]) as app:
        compare(app, f"now-{size}")


async def test_before_the_first_connection(run):
    async with run(size=SIZES["narrow"], connect=False) as app:
        compare(app, "deliveries-connecting")


@pytest.mark.parametrize("place", KEYS)
async def test_sixteen_colours_are_the_terminals_own(run, full, place):
    async with run(*KEYS[place], settings=TuiSettings(theme="corgea-16")) as app:
        for strip in app.app.screen._compositor.render_strips():
            for segment in strip:
                colours = (segment.style.color, segment.style.bgcolor) if segment.style else ()
                for colour in colours:
                    own = colour is None or colour.type in {ColorType.DEFAULT, ColorType.STANDARD}
                    assert own, segment
