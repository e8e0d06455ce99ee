"""`corgea-tui events`: list and show events, and explain where they went."""

from collections.abc import Sequence

import click

from corgea_tui.cli.completion import filters
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import FilterVerb, filter_text, limit_option
from corgea_tui.cli.verb import LazyGroup, verb
from corgea_tui.client import calls
from corgea_tui.client.api_call import encode
from corgea_tui.text.feed_lines import head, line
from corgea_tui.text.output import pretty_json
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.text.table import Cell, TableColumn
from corgea_tui.text.words import clock, count
from daemon.protocol import Event, Explanation

_HERE = "corgea_tui.cli.events"

VERBS = {
    "list": (f"{_HERE}:list_events", "List the newest events."),
    "show": (f"{_HERE}:show_event", "Show one event with its payload and deliveries."),
    "explain": (f"{_HERE}:explain", "Explain why each webhook got an event or not."),
}

EXAMPLE = """
corgea-tui events list type:scan.* since:1h
corgea-tui events explain b2c3d4e5-f6a7-8901-bcde-f12345678901
"""


@click.group("events", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def events() -> None:
    """List and show events, and explain where they went."""


LIST_COLUMNS = [
    TableColumn("TIME"),
    TableColumn("EVENT", floor=12),
    TableColumn("PROJECT", floor=8, rank=2),
    TableColumn("WENT TO", right=True, rank=1),
    TableColumn("ID"),
]


@click.command("list", cls=FilterVerb, example="corgea-tui events list type:scan.* since:1h")
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@limit_option
@pass_command_context
def list_events(context: CommandContext, *, words: tuple[str, ...], limit: int) -> None:
    """List the accepted events, newest first, and how many webhooks each one matched."""
    out = context.out
    found = context.fetch_list(calls.events(filter_text(words)), limit or None)
    if found is None:
        return
    if not found:
        out.note("no events match" if words else "no events yet; send one: corgea-tui emit -h")
        return
    context.print_table(LIST_COLUMNS, [_event_row(each, context) for each in found])


def _event_row(event: Event, context: CommandContext) -> Sequence[Cell]:
    project = event.project_name or event.project
    return [
        Cell(clock(event.received_at, context.now), "quiet"),
        Cell(safe_line(event.event_type), "strong"),
        Cell(safe_line(project)) if project else Cell("–", "quiet"),
        Cell(f"{event.matched} of {event.webhooks}", "" if event.matched else "warn"),
        Cell(safe_line(event.event_id), "quiet"),
    ]


@verb("show", example="corgea-tui events show b2c3d4e5-f6a7-8901-bcde-f12345678901")
@click.argument("event", metavar="ID")
@pass_command_context
def show_event(context: CommandContext, *, event: str) -> None:
    """Show one event: its payload and the state of its deliveries."""
    found, out = context.fetch(calls.event(event)), context.out
    if found is None:
        return
    paint, event_id = out.paint, safe_line(found.event_id)
    out.line(f"{paint(safe_line(found.event_type), 'strong')}  {paint(event_id, 'quiet')}")
    payload = safe(pretty_json(encode(found.payload)))
    out.lines(["", *(f"  {each}" for each in payload.splitlines()), ""])
    if found.deliveries:
        out.line(head(out.width, paint))
        out.lines([line(each, context.now, out.width, paint) for each in found.deliveries])
    else:
        out.note(f"no webhook matched it; why: corgea-tui events explain {event_id}")


EXPLAIN_COLUMNS = [
    TableColumn("WEBHOOK", floor=10),
    TableColumn("DECISION"),
    TableColumn("WHY", floor=20),
]
SIGNS = {"matched": ("✔", "good"), "paused": ("‖", "warn")}


@verb("explain", example="corgea-tui events explain b2c3d4e5-f6a7-8901-bcde-f12345678901")
@click.argument("event", metavar="ID")
@pass_command_context
def explain(context: CommandContext, *, event: str) -> None:
    """Say for every webhook why it got an event or not, as decided when the event came."""
    found, out = context.fetch(calls.explain(event)), context.out
    if found is None:
        return
    matched = sum(each.decision == "matched" for each in found)
    out.note(f"went to {matched} of {count(len(found), 'webhook')}", "quiet")
    if found:
        context.print_table(EXPLAIN_COLUMNS, [_explanation_row(each) for each in found])


def _explanation_row(explanation: Explanation) -> Sequence[Cell]:
    sign, style = SIGNS.get(explanation.decision, ("⊘", "quiet"))
    return [
        Cell(safe_line(explanation.webhook_name), "strong"),
        Cell(f"{sign} {safe_line(explanation.decision.replace('_', ' '))}", style),
        Cell(safe_line(explanation.detail)),
    ]
