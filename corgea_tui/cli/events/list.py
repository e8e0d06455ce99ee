"""`corgea-tui events list`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.complete import filters
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.cli.session import CommandContext, decoded, pass_session
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import clock
from daemon.protocol import Event

COLUMNS = [
    TableColumn("TIME"),
    TableColumn("EVENT", floor=12),
    TableColumn("PROJECT", floor=8, rank=2),
    TableColumn("WENT TO", right=True, rank=1),
    TableColumn("ID"),
]


@click.command("list", cls=FilterVerb, example="corgea-tui events list type:scan.* since:1h")
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", default=50, help="0: all.  [default: 50]"
)
@pass_session
def list_(session: CommandContext, *, words: tuple[str, ...], limit: int) -> None:
    """List the events that came in, newest first, and how many webhooks each went to."""
    out = session.out
    raws = list(session.client.pages(calls.events(filter_text(words)), limit or None))
    if session.json:
        out.json_array(raws)
        return
    found = decoded(raws, Event)
    if not found:
        out.note("no events match" if words else "no events yet; send one: corgea-tui emit -h")
        return
    out.lines(table(COLUMNS, [_row(each, session) for each in found], out.width, out.paint))


def _row(event: Event, session: CommandContext) -> Sequence[Cell]:
    project = event.project_name or event.project
    return [
        Cell(clock(event.received_at, session.now), "quiet"),
        Cell(show(event.event_type), "strong"),
        Cell(show(project)) if project else Cell("–", "quiet"),
        Cell(f"{event.matched} of {event.webhooks}", "" if event.matched else "warn"),
        Cell(show(event.event_id), "quiet"),
    ]
