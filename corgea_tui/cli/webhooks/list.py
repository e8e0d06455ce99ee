"""`corgea-tui webhooks list`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.complete import filters
from corgea_tui.cli.kinds import FilterVerb, filter_text
from corgea_tui.cli.session import Session, decoded, pass_session
from corgea_tui.printing.output import show
from corgea_tui.printing.table import Cell, Column, table
from corgea_tui.printing.words import ago, percent, webhook_state
from daemon.wire import Webhook

COLUMNS = [
    Column("NAME", floor=16),
    Column("STATE"),
    Column("EVENTS", floor=14, rank=2),
    Column("URL", floor=16, rank=3),
    Column("TOTAL", "right"),
    Column("SUCCESS", "right"),
    Column("STREAK", "right", rank=1),
    Column("LAST", "right", rank=4),
]


@click.command(
    "list", cls=FilterVerb, example="corgea-tui webhooks list\ncorgea-tui webhooks list --json"
)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@pass_session
def list_(session: Session, *, words: tuple[str, ...]) -> None:
    """List the webhooks with their state, totals and success rate.

    STREAK counts the deliveries that failed since the last success; at 10 the webhook is paused.
    """
    client, out = session.client, session.out
    raws = list(client.pages("/v1/webhooks", {"filter": filter_text(words)}, None))
    if session.json:
        out.json_array(raws)
        return
    webhooks = decoded(raws, Webhook)
    if not webhooks:
        out.note("no webhooks" if words else "no webhooks yet; add one: corgea-tui webhooks add -h")
        return
    rows = [_row(webhook, session) for webhook in webhooks]
    out.lines(table(COLUMNS, rows, out.width, out.paint))


def _row(webhook: Webhook, session: Session) -> Sequence[Cell]:
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
