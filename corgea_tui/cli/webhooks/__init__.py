"""`corgea-tui webhooks`: the list of its commands."""

import click

from corgea_tui.cli.verb import LazyGroup

_HERE = "corgea_tui.cli.webhooks"

VERBS = {
    "list": (f"{_HERE}.view:list_webhooks", "List all webhooks with their totals."),
    "show": (f"{_HERE}.view:show_webhook", "Show one webhook: configuration, state, statistics."),
    "add": (f"{_HERE}.add:add", "Add a webhook."),
    "edit": (f"{_HERE}.edit:edit", "Edit a webhook as TOML in your editor."),
    "remove": (f"{_HERE}.actions:remove", "Remove webhooks; their history stays."),
    "test": (
        f"{_HERE}.actions:test_webhook",
        "Send a test event and show the answer.",
    ),
    "pause": (f"{_HERE}.actions:pause", "Stop sending; waiting deliveries are discarded."),
    "activate": (f"{_HERE}.actions:activate", "Resume sending."),
    "replay": (f"{_HERE}.actions:replay", "Send again what a webhook missed in a time span."),
    "export": (f"{_HERE}.view:export_webhooks", "Write webhooks as TOML, without secrets."),
    "apply": (f"{_HERE}.apply:apply", "Add and change webhooks as a TOML file says."),
}

EXAMPLE = """
corgea-tui webhooks add 'Jira tickets' https://jira.example.com/hook --event issue.status_changed
corgea-tui webhooks export > webhooks.toml
corgea-tui webhooks apply webhooks.toml --dry-run
"""


@click.group("webhooks", cls=LazyGroup, verbs=VERBS, example=EXAMPLE)
def webhooks() -> None:
    """Add, show, edit, test, pause and apply webhooks."""
