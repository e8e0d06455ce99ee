"""`corgea-tui demo`: in the app, or as text where stdout is not a terminal."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.live.tail import TailFeed
from corgea_tui.cli.param_types import seconds
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.client.api_call import RawChange, decode_change
from corgea_tui.client.errors import Unreachable
from corgea_tui.client.lean_client import STREAM_TIMEOUT, LeanClient
from corgea_tui.client.lean_http import ResponseTimeout
from corgea_tui.text.feed_lines import head
from corgea_tui.text.output import Output
from corgea_tui.text.statistics import statistics_lines
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import count

if TYPE_CHECKING:
    from corgea_tui.demo.stage import DemoStage

WIDTH = 80
"""Columns where stdout is not a terminal: this width also fits a mail or an issue."""
INTRODUCTION = """\
A daemon with a temporary store accepts invented events, signs them and
delivers them over HTTPS to receivers on this machine. Nothing leaves the
machine, and everything is removed at the end.
"""
RECEIVERS = [TableColumn("webhook"), TableColumn("events"), TableColumn("receiver", floor=20)]


@verb("demo", example="corgea-tui demo\ncorgea-tui demo --for 30 | less -R")
@click.option(
    "--for",
    "duration",
    type=seconds,
    default="20",
    metavar="SECONDS",
    help="How long it runs where stdout is not a terminal.  [default: 20]",
)
@pass_command_context
def demo(context: CommandContext, *, duration: float) -> None:
    """Take a tour: made-up events, several webhooks, and receivers that behave differently.

    It runs a daemon in a temporary home and needs no set-up and no network. It opens the app.
    Where stdout is not a terminal, it prints the same feed as text and ends with a summary.
    """
    if sys.stdin.isatty() and context.out.terminal and not context.json:
        click.get_current_context().exit(_in_app(context))
    run_text(context, duration)


def _in_app(context: CommandContext) -> int:
    from corgea_tui.demo.stage import stage

    context.out.note("Setting up a daemon, receivers and webhooks for the demo …", "quiet")
    with stage() as ready, ready.pump():
        from corgea_tui.app.opening import show
        from corgea_tui.client.connectors import own_daemon

        paths = ready.home.paths
        connector = own_daemon(paths, start=False)
        return show(paths, connector, readonly=context.readonly, mouse=context.mouse)


def run_text(context: CommandContext, seconds: float) -> None:
    """Print the demo for `seconds`. Ctrl-C ends it early, with the summary."""
    from corgea_tui.demo.stage import end_once, stage

    end_once()
    out = context.out
    width = out.width or WIDTH
    if not context.json:
        out.lines(_introduction(out, width, seconds))
    with stage() as ready:
        try:
            _watch(context, ready, seconds, width)
        except KeyboardInterrupt:
            _summary(context, ready, width)  # the figures of what was printed so far
            raise
        _summary(context, ready, width)


def _introduction(out: Output, width: int, seconds: float) -> list[str]:
    from corgea_tui.demo.endpoints import ENDPOINTS

    rows = [
        [Cell(each.name, "strong"), Cell(each.receives), Cell(each.behaves, "quiet")]
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


def _watch(context: CommandContext, ready: "DemoStage", seconds: float, width: int) -> None:
    feed = TailFeed(context, webhooks=True, width=width)
    with ready.home.client() as client, ready.pump():
        try:
            _follow(client, time.monotonic() + seconds, feed.show)
        except Unreachable:
            raise ready.home.failure("the demo's daemon has ended") from None


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


def _summary(context: CommandContext, ready: "DemoStage", width: int) -> None:
    with ready.home.client() as client:
        raw = client.send_raw(calls.statistics())
        events = client.page(calls.events(), 1).total
    out = context.out
    if context.json:
        out.json(raw)
        return
    figures = calls.statistics().decode(raw)
    receivers = ready.receivers
    delivered = count(figures.attempts, "attempt")
    arrived = (
        f"The receivers got {count(receivers.requests, 'request')};"
        f" {receivers.well_signed:,} of them had a good signature."
    )
    out.lines(
        [
            "",
            f"In the store: {count(events or 0, 'event')}, {delivered} to deliver them.",
            "",
            *statistics_lines(figures, width, out.paint, indent="  "),
            "",
            arrived,
            "",
            "The same in the app: corgea-tui demo, in a terminal.",
            "With your own events: corgea-tui, then corgea-tui emit scan.completed --wait",
        ]
    )
