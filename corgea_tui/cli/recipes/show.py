"""`corgea-tui recipes show`."""

import click

from corgea_tui.cli.recipes.choose import choose, names
from corgea_tui.cli.recipes.list import described
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.table import Cell
from daemon.domain.destinations import Recipe


@verb("show", example="corgea-tui recipes show ticketing")
@click.argument("recipe", shell_complete=names)
@pass_session
def show(session: CommandContext, *, recipe: str) -> None:
    """Show what a recipe sets up, and how to apply it."""
    found, out = choose(recipe), session.out
    if session.json:
        out.json(described(found))
        return
    out.line(out.paint(found.title, "strong"))
    out.lines(facts(_facts(found), out.width, out.paint, "  "))
    out.lines(["", f"  {_command(found)}"])


def _facts(found: Recipe) -> list[Fact]:
    form = found.form
    return [
        ("for", Cell(found.purpose)),
        ("receiver", Cell(found.receiver)),
        ("projects", Cell(found.wants_projects or "all")),
        ("events", Cell(", ".join(form["events"]))),
        ("statuses", Cell(", ".join(form.get("statuses", [])))),
        ("type", Cell(form.get("type", ""))),
        ("body", Cell(form.get("body_template") or "default payload")),
    ]


def _command(found: Recipe) -> str:
    if found.many:
        return f"corgea-tui recipes apply {found.kind} --team NAME URL PROJECT[,PROJECT] --team …"
    project = " --project ID" if found.wants_projects else ""
    return f"corgea-tui recipes apply {found.kind} URL{project}"
