"""`corgea-tui events explain`."""

from collections.abc import Sequence

import click

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.client import calls
from corgea_tui.text.output import show
from corgea_tui.text.table import Cell, TableColumn, table
from corgea_tui.text.words import count
from daemon.protocol import Explanation

COLUMNS = [TableColumn("WEBHOOK", floor=10), TableColumn("DECISION"), TableColumn("WHY", floor=20)]
SIGNS = {"matched": ("✔", "good"), "paused": ("‖", "warn")}


@verb("explain", example="corgea-tui events explain b2c3d4e5-f6a7-8901-bcde-f12345678901")
@click.argument("event", metavar="ID")
@pass_session
def explain(session: CommandContext, *, event: str) -> None:
    """Say for every webhook why it got an event or did not, as decided when the event came in."""
    found, out = session.fetch(calls.explain(event)), session.out
    if found is None:
        return
    matched = sum(each.decision == "matched" for each in found)
    out.note(f"went to {matched} of {count(len(found), 'webhook')}", "quiet")
    if found:
        out.lines(table(COLUMNS, [_row(each) for each in found], out.width, out.paint))


def _row(explanation: Explanation) -> Sequence[Cell]:
    sign, style = SIGNS.get(explanation.decision, ("⊘", "quiet"))
    return [
        Cell(show(explanation.webhook_name), "strong"),
        Cell(f"{sign} {show(explanation.decision.replace('_', ' '))}", style),
        Cell(show(explanation.detail)),
    ]
