"""`corgea-tui recipes`: the list of its commands."""

import click

from corgea_tui.cli.verb import LazyGroup

_HERE = "corgea_tui.cli.recipes"

VERBS = {
    "list": (f"{_HERE}.list:list_", "The recipes there are."),
    "show": (f"{_HERE}.show:show", "What a recipe sets up."),
    "apply": (f"{_HERE}.apply:apply", "Set a recipe up in one step."),
}

EXAMPLE = """
corgea-tui recipes list
corgea-tui recipes apply slack-scans https://hooks.slack.com/services/T/B/x --project 42
"""


@click.group("recipes", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def recipes() -> None:
    """Ready-made webhooks for common uses."""
