"""A hostile corpus through every screen: no byte of it may come out as an escape (app.md)."""

import msgspec
import pytest

from daemon.protocol import Problem
from tests.app.fake_daemon import (
    NOW,
    attempt,
    audit_entry,
    decision,
    delivery,
    event,
    event_detail,
    info,
    page,
    stamp,
    statistics,
    webhook,
)
from tests.app.hostile import ALL, HOSTILE, escapes_in


def poisoned(number, status="failed", text=ALL):
    return delivery(
        number,
        status,
        event_type=text,
        webhook_name=text,
        url=f"https://{text}",
        project=text,
        project_name=text,
        reason=text,
        error={"kind": "http", "message": text},
    )


def poisoned_attempt():
    header = {"name": ALL, "value": ALL}
    return attempt(
        error={"kind": "http", "message": ALL},
        request={"url": ALL, "headers": [header], "body": ALL},
        response={"headers": [header], "body": ALL, "truncated": True},
    )


def poisoned_webhook():
    return webhook(
        name=ALL,
        url=f"https://{ALL}",
        events=[ALL],
        projects=[ALL],
        conditions=[{"path": ALL, "op": ALL, "value": ALL}],
        headers=[{"name": ALL, "value": ALL, "credential": False}],
        body_template=ALL,
        secret={"set": True, "hint": ALL},
        managed_by=ALL,
        state="paused",
        paused_reason=ALL,
        paused_at=stamp(-5),
        statistics=statistics(consecutive_failures=3),
    )


def detail(row):
    whole = msgspec.to_builtins(row)
    raw = {"text": ALL, ALL: [1, None, True]}
    return {
        **whole,
        "attempts": [poisoned_attempt(), poisoned_attempt()],
        "payload": raw,
        "custom_body": ALL,
        "scan_id": ALL,
    }


@pytest.fixture
def poison(daemon):
    rows = [poisoned(n, status, text) for n, (status, text) in enumerate(mixed(), start=1)]
    daemon.deliveries = rows
    for row in rows:
        daemon.answers["GET", f"/v1/deliveries/{row.id}"] = detail(row)
    daemon.webhooks = [poisoned_webhook()]
    daemon.info = info(login=ALL, role="admin", home=ALL, version=ALL)
    events = [event(1, event_type=ALL, project=ALL, project_name=ALL)]
    daemon.answers["GET", "/v1/events"] = page(events)
    sent = [msgspec.to_builtins(rows[0])]
    daemon.answers["GET", "/v1/events/e1"] = event_detail(
        events[0], payload={"text": ALL}, deliveries=sent
    )
    daemon.answers["GET", "/v1/events/e1/explain"] = [
        decision(each, ALL, ALL) for each in ("condition", ALL)
    ]
    change = {"before": {ALL: ALL, "name": 1}, "after": {ALL: 2, "name": ALL}}
    entry = audit_entry(login=ALL, action=ALL, target=ALL, **change)
    daemon.answers["GET", "/v1/audit"] = page([entry])
    return daemon


def mixed():
    states = ("failed", "discarded", "pending", "succeeded")
    for number, text in enumerate([*HOSTILE, ALL]):
        yield states[number % len(states)], text


def clean(app):
    """Look at what would be written, segment by segment: links and metadata too."""
    for strip in app.app.screen._compositor.render_strips():
        for segment in strip:
            assert escapes_in(segment.text) == [], segment
            assert segment.style is None or segment.style.link is None
            assert "@click" not in (segment.style.meta if segment.style else {})


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_deliveries(run, poison, size):
    async with run(size=size) as app:
        clean(app)
        for _ in range(len(poison.deliveries)):
            await app.press("down")
            clean(app)
        await app.press("enter")
        for _ in range(5):
            clean(app)
            await app.press("w", "]")
            clean(app)


async def test_the_output_filter_is_not_what_makes_them_safe(run, poison):
    """Text is safe before it is painted; the backstop is for what a later widget forgets."""
    async with run() as app:
        app.app._output_filter.enabled = False
        for keys in (("down", "enter", "]", "]", "]", "]"), ("escape", "2", "down"), ("3", "down")):
            await app.press(*keys)
            clean(app)


async def test_webhooks_events_and_their_parts(run, poison):
    async with run("2", "down") as app:
        for _ in range(4):
            clean(app)
            await app.press("]")
        await app.press("D")
        clean(app)
        await app.press("escape", "3", "down")
        for _ in range(2):
            clean(app)
            await app.press("]")


async def test_dialogs_toasts_and_problems(run, poison):
    refused = Problem(title=ALL, status=409, detail=ALL)
    poison.answers["POST", "/v1/deliveries/d16/retry"] = refused
    async with run("down", "y") as app:
        clean(app)
        await app.press("escape", "r")
        assert len(app.toasts) == 1
        clean(app)
        await app.filter(f'"{HOSTILE[0]}')
        clean(app)


async def test_every_place_and_the_forms(run, poison):
    async with run() as app:
        for keys in ("4", "5", "1", ("2", "down", "E"), "escape", ("3", "e"), "escape"):
            await app.press(*keys if isinstance(keys, tuple) else (keys,))
            clean(app)


async def test_the_link_and_its_reason(run, poison):
    async with run() as app:
        await app.lose(ALL)
        clean(app)


async def test_alerts_and_the_palette(run, poison):
    async with run() as app:
        await app.arrive(webhooks=(webhook(),))
        await app.arrive(webhooks=(poisoned_webhook(),))
        clean(app)
        await app.press("question_mark")
        clean(app)
        await app.press("escape", "ctrl+p")
        clean(app)


def test_the_corpus_is_hostile():
    assert escapes_in(ALL)
    assert NOW.tzinfo is not None


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_a_widget_forgets_is_caught_by_the_output_filter(run, text):
    async with run() as app:
        from textual.widgets import Static

        await app.app.screen.mount(Static(text, markup=False))
        await app.settle()
        for strip in app.app.screen._compositor.render_strips():
            assert escapes_in("".join(segment.text for segment in strip)) == []
