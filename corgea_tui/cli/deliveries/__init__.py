"""`corgea-tui deliveries`: the list of its commands."""

import click

from corgea_tui.cli.verb import LazyGroup

_HERE = "corgea_tui.cli.deliveries"

VERBS = {
    "list": (f"{_HERE}.view:list_deliveries", "List the newest deliveries that match a filter."),
    "show": (f"{_HERE}.view:show_delivery", "Show one delivery with every attempt."),
    "retry": (f"{_HERE}.retry:retry", "Retry failed or discarded deliveries."),
    "export": (f"{_HERE}.export:export", "Write the history as CSV or JSON lines."),
}

EXAMPLE = """
corgea-tui deliveries list status:failed since:1h
corgea-tui deliveries retry --filter 'webhook:Jira status:failed' --dry-run
corgea-tui deliveries export since:7d --format csv -o week.csv
"""


@click.group("deliveries", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def deliveries() -> None:
    """List, show, retry and export deliveries."""
