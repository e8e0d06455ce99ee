"""The recipe that a word names."""

import click

from corgea_tui.cli.verb import unknown
from corgea_tui.client.errors import Usage
from daemon.domain.destinations import RECIPES, Recipe, recipe


def choose(name: str) -> Recipe:
    """The recipe; `Usage`, with a guess, when there is none of that name."""
    try:
        return recipe(name)
    except KeyError:
        raise Usage(unknown("recipe", name, [each.kind for each in RECIPES])) from None


def names(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """For the shell: the recipes that begin like this."""
    return [each.kind for each in RECIPES if each.kind.startswith(typed)]
