"""The demo as text: who is who, the feed for a while, and what the store counted."""

import time
from collections.abc import Callable

from corgea_tui.cli.session import CommandContext
from corgea_tui.cli.tail import TailFeed
from corgea_tui.client import calls
from corgea_tui.client.calls import RawChange, decode_change
from corgea_tui.client.errors import Unreachable
from corgea_tui.client.lean_client import STREAM_TIMEOUT, LeanClient
from corgea_tui.client.lean_http import ResponseTimeout
from corgea_tui.demo.endpoints import ENDPOINTS
from corgea_tui.demo.stage import Stage, end_once, stage
from corgea_tui.text.feed_lines import head
from corgea_tui.text.output import Output
from corgea_tui.text.statistics import statistics_lines
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import count

WIDTH = 80
"""Where nobody looks: what fits everywhere, also in a mail or an issue."""
INTRODUCTION = """\
A daemon with a throw-away store takes made-up events in, signs them and
delivers them over HTTPS to receivers on this machine. Nothing leaves it,
and nothing of it stays.
"""
RECEIVERS = [TableColumn("webhook"), TableColumn("wants"), TableColumn("its receiver", floor=20)]


def run_text(session: CommandContext, seconds: float) -> None:
    """Show the tour for `seconds`; ends early, with the summary, on Ctrl-C."""
    end_once()
    out = session.out
    width = out.width or WIDTH
    if not session.json:
        out.lines(_introduction(out, width, seconds))
    with stage() as ready:
        try:
            _watch(session, ready, seconds, width)
        except KeyboardInterrupt:
            _summary(session, ready, width)  # what was seen so far is worth its figures
            raise
        _summary(session, ready, width)


def _introduction(out: Output, width: int, seconds: float) -> list[str]:
    rows = [
        [Cell(each.name, "strong"), Cell(each.wants), Cell(each.behaves, "quiet")]
        for each in ENDPOINTS
    ]
    return [
        out.paint("corgea webhooks · demo", "accent"),
        "",
        INTRODUCTION,
        *(f"  {line}" for line in table(RECEIVERS, rows, width - 2, out.paint)),
        "",
        f"For {seconds:g} seconds, a line for the outcome of each attempt:",
        "",
        head(width, out.paint),
    ]


def _watch(session: CommandContext, ready: Stage, seconds: float, width: int) -> None:
    feed = TailFeed(session, webhooks=True, width=width)
    with ready.home.client() as client, ready.pump():
        try:
            _follow(client, time.monotonic() + seconds, feed.show)
        except Unreachable:
            raise ready.home.trouble("the demo's daemon is gone") from None


def _follow(client: LeanClient, deadline: float, show: Callable[[RawChange], None]) -> None:
    with client.stream(calls.changes()) as answer:
        lines = answer.lines()
        while (left := deadline - time.monotonic()) > 0:
            answer.set_timeout(min(left, STREAM_TIMEOUT))
            try:
                line = next(lines, None)
            except ResponseTimeout:
                continue
            if line is None:
                raise Unreachable("the stream ended")
            if line:
                show(decode_change(line))


def _summary(session: CommandContext, ready: Stage, width: int) -> None:
    with ready.home.client() as client:
        raw = client.send_raw(calls.statistics())
        events = client.page(calls.events(), 1).total
    out = session.out
    if session.json:
        out.json(raw)
        return
    figures = calls.statistics().decode(raw)
    crowd = ready.crowd
    delivered = count(figures.attempts, "attempt")
    arrived = (
        f"The receivers got {count(crowd.requests, 'request')};"
        f" {crowd.well_signed:,} of them carried a good signature."
    )
    out.lines(
        [
            "",
            f"What the store counted: {count(events or 0, 'event')}, {delivered} to deliver them.",
            "",
            *statistics_lines(figures, width, out.paint, indent="  "),
            "",
            arrived,
            "",
            "The same in the app: corgea-tui demo, in a terminal.",
            "With your own events: corgea-tui, then corgea-tui emit scan.completed --wait",
        ]
    )
