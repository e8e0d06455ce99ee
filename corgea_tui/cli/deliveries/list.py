"""`corgea-tui deliveries list`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.complete import filters
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.cli.session import CommandContext, decoded, pass_session
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import answer, attempt, clock, state, took, why
from daemon.protocol import Delivery

COLUMNS = [
    TableColumn("STATE"),
    TableColumn("TIME"),
    TableColumn("EVENT", floor=14),
    TableColumn("PROJECT", floor=8, rank=3),
    TableColumn("WEBHOOK", floor=14),
    TableColumn("ANSWER", right=True),
    TableColumn("TRY", right=True, rank=1),
    TableColumn("TOOK", right=True, rank=4),
    TableColumn("WHY", floor=16, rank=2),
    TableColumn("ID", rank=5),
]
EXAMPLE = """
corgea-tui deliveries list status:failed since:1h
corgea-tui deliveries retry $(corgea-tui deliveries list -q status:failed webhook:Jira)
"""


@click.command("list", cls=FilterVerb, example=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", default=50, help="0: all.  [default: 50]"
)
@click.option("-q", "--quiet", is_flag=True, help="Only the ids, one a line.")
@pass_session
def list_(session: CommandContext, *, words: tuple[str, ...], limit: int, quiet: bool) -> None:
    """List deliveries, newest first.

    In a narrow terminal the less important columns are left out; -q gives the ids.
    """
    client, out = session.client, session.out
    call = calls.deliveries(filter_text(words))
    raws = list(client.pages(call, limit or None))
    if session.json:
        out.json_array(raws)
        return
    found = decoded(raws, Delivery)
    if quiet:
        out.lines([show(each.id) for each in found])
        return
    if not found:
        out.note("no deliveries match" if words else "no deliveries yet")
        return
    out.lines(table(COLUMNS, [_row(each, session) for each in found], out.width, out.paint))
    if limit and len(found) == limit:
        total = client.page(call, 1).total
        if total is None or total > limit:
            known = "more than 10,000" if total is None else f"{total:,}"
            out.note(f"the newest {limit} of {known}; more with --limit", "quiet")


def _row(delivery: Delivery, session: CommandContext) -> Sequence[Cell]:
    now, project = session.now, delivery.project_name or delivery.project
    return [
        state(delivery, now),
        Cell(clock(delivery.created_at, now), "quiet"),
        Cell(show(delivery.event_type)),
        Cell(show(project)) if project else Cell("–", "quiet"),
        Cell(show(delivery.webhook_name), "strong"),
        answer(delivery),
        attempt(delivery),
        took(delivery.duration_ms),
        why(delivery),
        Cell(show(delivery.id), "quiet"),
    ]
