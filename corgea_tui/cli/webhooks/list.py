"""`corgea-tui webhooks list`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.complete import filters
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.cli.session import CommandContext, decoded, pass_session
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import ago, percent, webhook_state
from daemon.protocol import Webhook

COLUMNS = [
    TableColumn("NAME", floor=16),
    TableColumn("STATE"),
    TableColumn("EVENTS", floor=14, rank=2),
    TableColumn("URL", floor=16, rank=3),
    TableColumn("TOTAL", right=True),
    TableColumn("SUCCESS", right=True),
    TableColumn("STREAK", right=True, rank=1),
    TableColumn("LAST", right=True, rank=4),
]


@click.command(
    "list", cls=FilterVerb, example="corgea-tui webhooks list\ncorgea-tui webhooks list --json"
)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@pass_session
def list_(session: CommandContext, *, words: tuple[str, ...]) -> None:
    """List the webhooks with their state, totals and success rate.

    STREAK counts the deliveries that failed since the last success; at 10 the webhook is paused.
    """
    client, out = session.client, session.out
    raws = list(client.pages(calls.webhooks(filter_text(words)), None))
    if session.json:
        out.json_array(raws)
        return
    webhooks = decoded(raws, Webhook)
    if not webhooks:
        out.note("no webhooks" if words else "no webhooks yet; add one: corgea-tui webhooks add -h")
        return
    rows = [_row(webhook, session) for webhook in webhooks]
    out.lines(table(COLUMNS, rows, out.width, out.paint))


def _row(webhook: Webhook, session: CommandContext) -> Sequence[Cell]:
    figures = webhook.statistics
    return [
        Cell(show(webhook.name), "strong"),
        webhook_state(webhook),
        Cell(show(", ".join(webhook.events))),
        Cell(show(webhook.url.removeprefix("https://")), "quiet"),
        Cell(f"{figures.total:,}"),
        percent(figures.success_rate),
        Cell(str(figures.consecutive_failures), "bad" if figures.consecutive_failures else "quiet"),
        Cell(ago(figures.last_triggered, session.now), "quiet"),
    ]
