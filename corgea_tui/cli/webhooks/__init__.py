"""`corgea-tui webhooks`: the list of its commands."""

import click

from corgea_tui.cli.verb import LazyGroup

_HERE = "corgea_tui.cli.webhooks"

VERBS = {
    "list": (f"{_HERE}.list:list_", "All webhooks with their totals."),
    "show": (f"{_HERE}.show:show", "One webhook with all it is made of."),
    "add": (f"{_HERE}.add:add", "Add a webhook."),
    "edit": (f"{_HERE}.edit:edit", "Edit a webhook as TOML in your editor."),
    "remove": (f"{_HERE}.remove:remove", "Remove webhooks; their history stays."),
    "test": (f"{_HERE}.test:test", "Send a test event to one webhook and show the answer."),
    "pause": (f"{_HERE}.pause:pause", "Stop sending; what waits is discarded."),
    "activate": (f"{_HERE}.pause:activate", "Send again."),
    "replay": (f"{_HERE}.replay:replay", "Send again what a webhook missed in a span of time."),
    "export": (f"{_HERE}.export:export", "Write webhooks as TOML, without secrets."),
    "apply": (f"{_HERE}.apply:apply", "Make the webhooks equal to a TOML file."),
}

EXAMPLE = """
corgea-tui webhooks add 'Jira tickets' https://jira.example.com/hook --event issue.status_changed
corgea-tui webhooks export > webhooks.toml
corgea-tui webhooks apply webhooks.toml --dry-run
"""


@click.group("webhooks", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def webhooks() -> None:
    """Add, show, edit, test, pause and apply webhooks."""
