"""`corgea-tui events`: the list of its commands."""

import click

from corgea_tui.cli.verb import LazyGroup

_HERE = "corgea_tui.cli.events"

VERBS = {
    "list": (f"{_HERE}.list:list_", "The newest events that came in."),
    "show": (f"{_HERE}.show:show", "One event with its payload and deliveries."),
    "explain": (f"{_HERE}.explain:explain", "Why each webhook got an event, or did not."),
}

EXAMPLE = """
corgea-tui events list type:scan.* since:1h
corgea-tui events explain b2c3d4e5-f6a7-8901-bcde-f12345678901
"""


@click.group("events", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def events() -> None:
    """List and show events, and explain where they went."""
