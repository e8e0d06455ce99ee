"""`corgea-tui recipes list`."""

from typing import Any

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.text.table import Cell, TableColumn, table
from daemon.domain.destinations import RECIPES, Recipe

COLUMNS = [TableColumn("RECIPE"), TableColumn("WHAT IT IS FOR", floor=30)]


@verb("list", example="corgea-tui recipes list")
@pass_session
def list_(session: CommandContext) -> None:
    """List the recipes; `recipes show NAME` tells more."""
    out = session.out
    if session.json:
        out.json([described(each) for each in RECIPES])
        return
    rows = [[Cell(each.kind, "strong"), Cell(each.purpose)] for each in RECIPES]
    out.lines(table(COLUMNS, rows, out.width, out.paint))


def described(recipe: Recipe) -> dict[str, Any]:
    """A recipe for programs."""
    return {
        "name": recipe.kind,
        "title": recipe.title,
        "purpose": recipe.purpose,
        "receiver": recipe.receiver,
        "projects": recipe.wants_projects,
        "many": recipe.many,
        "webhook": recipe.form,
    }
