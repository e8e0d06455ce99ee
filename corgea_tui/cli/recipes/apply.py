"""`corgea-tui recipes apply`."""

import click

from corgea_tui.cli.param_types import secret_argument
from corgea_tui.cli.recipes.choose import choose, names
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.saved import save
from corgea_tui.client import calls
from corgea_tui.client.errors import Usage
from daemon.domain.configuration.webhook_toml import dump_webhooks
from daemon.domain.destinations import RecipeAnswer, recipe_forms
from daemon.domain.destinations.recipes import RecipeProblem

EXAMPLE = """
corgea-tui recipes apply slack-scans https://hooks.slack.com/services/T/B/x --project 42
corgea-tui recipes apply teams --team Backend https://hooks.slack.com/services/T/B/x api,billing \\
    --team Frontend https://hooks.slack.com/services/T/B/y web
"""


@verb("apply", example=EXAMPLE)
@click.argument("recipe", shell_complete=names)
@click.argument("url", required=False)
@click.option("--project", "projects", multiple=True, metavar="ID", help="Only this project.")
@click.option("--name", help="The webhook's name, when the recipe's own is taken.")
@click.option(
    "--team", "teams", nargs=3, multiple=True, metavar="NAME URL PROJECTS", help="One of several."
)
@click.option("--secret", metavar="-|@FILE|TEXT", help="Signs deliveries; - asks or reads stdin.")
@click.option("--dry-run", is_flag=True, help="Only print the webhooks: as TOML, or with --json.")
@pass_session
def apply(
    session: CommandContext,
    *,
    recipe: str,
    url: str | None,
    projects: tuple[str, ...],
    name: str | None,
    teams: tuple[tuple[str, str, str], ...],
    secret: str | None,
    dry_run: bool,
) -> None:
    """Set a recipe up in one step: all it needs is where to send."""
    answers = [RecipeAnswer(where, tuple(which.split(",")), team) for team, where, which in teams]
    if url is not None:
        answers.append(RecipeAnswer(url, projects, name))
    try:
        forms = recipe_forms(choose(recipe), answers)
    except RecipeProblem as problem:
        raise Usage(f"{problem}; see corgea-tui recipes show {recipe}") from None
    if dry_run:
        if session.json:
            session.out.json(forms)
        else:
            session.out.raw(dump_webhooks(forms))
        return
    key = secret_argument(secret)
    for form in forms:
        sent = form if key is None else {**form, "secret": key}
        save(session, calls.add_webhook(sent), "added")
