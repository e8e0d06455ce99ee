"""`corgea-tui recipes`: ready-made webhooks for common uses."""

from typing import Any

import click

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import secret_argument
from corgea_tui.cli.verb import LazyGroup, unknown, verb
from corgea_tui.cli.webhooks.common import save
from corgea_tui.client import calls
from corgea_tui.client.errors import Usage
from corgea_tui.text.facts import Fact
from corgea_tui.text.table import Cell, TableColumn
from daemon.domain.destinations import RECIPES, Recipe, RecipeAnswer, recipe, recipe_forms
from daemon.domain.destinations.recipes import RecipeProblem

_HERE = "corgea_tui.cli.recipes"

VERBS = {
    "list": (f"{_HERE}:list_recipes", "List the recipes."),
    "show": (f"{_HERE}:show_recipe", "Show what a recipe sets up."),
    "apply": (f"{_HERE}:apply_recipe", "Set up a recipe in one step."),
}

EXAMPLE = """
corgea-tui recipes list
corgea-tui recipes apply slack-scans https://hooks.slack.com/services/T/B/x --project 42
"""


@click.group("recipes", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def recipes() -> None:
    """Ready-made webhooks for common uses."""


def chosen_recipe(name: str) -> Recipe:
    """The recipe; raises `Usage` for an unknown name, with the nearest known one."""
    try:
        return recipe(name)
    except KeyError:
        raise Usage(unknown("recipe", name, [each.kind for each in RECIPES])) from None


def recipe_names(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """For completion: the recipes that begin with `typed`."""
    return [each.kind for each in RECIPES if each.kind.startswith(typed)]


LIST_COLUMNS = [TableColumn("RECIPE"), TableColumn("WHAT IT IS FOR", floor=30)]


@verb("list", example="corgea-tui recipes list")
@pass_command_context
def list_recipes(context: CommandContext) -> None:
    """List the recipes; `recipes show NAME` prints more."""
    out = context.out
    if context.json:
        out.json([described(each) for each in RECIPES])
        return
    rows = [[Cell(each.kind, "strong"), Cell(each.purpose)] for each in RECIPES]
    context.print_table(LIST_COLUMNS, rows)


def described(recipe: Recipe) -> dict[str, Any]:
    """A recipe for `--json`."""
    return {
        "name": recipe.kind,
        "title": recipe.title,
        "purpose": recipe.purpose,
        "receiver": recipe.receiver,
        "projects": recipe.wants_projects,
        "many": recipe.many,
        "webhook": recipe.form,
    }


@verb("show", example="corgea-tui recipes show ticketing")
@click.argument("recipe", shell_complete=recipe_names)
@pass_command_context
def show_recipe(context: CommandContext, *, recipe: str) -> None:
    """Show what a recipe sets up, and how to apply it."""
    found, out = chosen_recipe(recipe), context.out
    if context.json:
        out.json(described(found))
        return
    out.line(out.paint(found.title, "strong"))
    context.print_facts(_facts(found))
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


APPLY_EXAMPLE = """
corgea-tui recipes apply slack-scans https://hooks.slack.com/services/T/B/x --project 42
corgea-tui recipes apply teams --team Backend https://hooks.slack.com/services/T/B/x api,billing \\
    --team Frontend https://hooks.slack.com/services/T/B/y web
"""


@verb("apply", example=APPLY_EXAMPLE)
@click.argument("recipe", shell_complete=recipe_names)
@click.argument("url", required=False)
@click.option(
    "--project", "projects", multiple=True, metavar="ID", help="Send only events of this project."
)
@click.option("--name", help="The webhook's name, when the recipe's own is taken.")
@click.option(
    "--team",
    "teams",
    nargs=3,
    multiple=True,
    metavar="NAME URL PROJECTS",
    help="A webhook for each team.",
)
@click.option(
    "--secret", metavar="-|@FILE|TEXT", help="Sign deliveries with it; - asks or reads stdin."
)
@click.option("--dry-run", is_flag=True, help="Only print the webhooks, as TOML or with --json.")
@pass_command_context
def apply_recipe(
    context: CommandContext,
    *,
    recipe: str,
    url: str | None,
    projects: tuple[str, ...],
    name: str | None,
    teams: tuple[tuple[str, str, str], ...],
    secret: str | None,
    dry_run: bool,
) -> None:
    """Set up a recipe in one step; it needs only the address to send to."""
    answers = [RecipeAnswer(where, tuple(which.split(",")), team) for team, where, which in teams]
    if url is not None:
        answers.append(RecipeAnswer(url, projects, name))
    try:
        forms = recipe_forms(chosen_recipe(recipe), answers)
    except RecipeProblem as problem:
        raise Usage(f"{problem}; see corgea-tui recipes show {recipe}") from None
    if dry_run:
        if context.json:
            context.out.json(forms)
        else:
            from daemon.domain.configuration.webhook_toml import dump_webhooks

            context.out.raw(dump_webhooks(forms))
        return
    key = secret_argument(secret)
    for form in forms:
        sent = form if key is None else {**form, "secret": key}
        save(context, calls.add_webhook(sent), "added")
