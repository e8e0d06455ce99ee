"""`corgea-tui webhooks add`."""

from typing import Any

import click

from corgea_tui.cli.completion import event_types, files, statuses
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import secret_argument, text_argument
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.common import save
from corgea_tui.cli.webhooks.destination import destination_kinds, with_destination
from corgea_tui.client import calls
from corgea_tui.client.errors import Usage

EXAMPLE = """
corgea-tui webhooks add 'Jira tickets' https://jira.example.com/hook \\
    --event scan.completed --event 'issue.*' --status open --secret -
corgea-tui webhooks add '#sec' https://hooks.slack.com/services/T/B/x \\
    --event scan.completed --destination slack
corgea-tui webhooks add Splunk https://splunk.example.com:8088/services/collector/event \\
    --event 'scan.*' --destination splunk --header 'Authorization: Splunk ...'
"""


@verb("add", example=EXAMPLE)
@click.argument("name")
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    required=True,
    metavar="TYPE",
    shell_complete=event_types,
    help="An event type, or a group like 'scan.*'. Repeatable.",
)
@click.option(
    "--project", "projects", multiple=True, metavar="ID", help="Send only events of this project."
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    shell_complete=statuses,
    help="Send only issues that change to this status.",
)
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    metavar="COND",
    help="Send only if it holds: 'data.urgency in CR, HI'.",
)
@click.option(
    "--secret", metavar="-|@FILE|TEXT", help="Sign deliveries with it; - asks or reads stdin."
)
@click.option(
    "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header to send."
)
@click.option(
    "--body", metavar="@FILE|-|JSON", shell_complete=files, help="A template for the body."
)
@click.option(
    "--destination",
    metavar="KIND",
    shell_complete=destination_kinds,
    help="Fill in what this kind of receiver needs.",
)
@click.option(
    "--fill",
    "fills",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value for the destination's template.",
)
@click.option(
    "--type", "type_", type=click.Choice(["slack", "zapier", "other"]), help="The webhook's type."
)
@click.option("--standard-webhooks", is_flag=True, help="Send Standard Webhooks headers too.")
@pass_command_context
def add(context: CommandContext, /, **given: Any) -> None:
    """Add a webhook that sends the given events to URL, which must be HTTPS."""
    form = _form(given)
    if given["destination"] is not None:
        form = with_destination(form, given["destination"], given["fills"])
    elif given["fills"]:
        raise Usage("--fill goes with --destination")
    save(context, calls.add_webhook(form), "added")


def _form(given: dict[str, Any]) -> dict[str, Any]:
    """The form for the API, with only the given keys."""
    form: dict[str, Any] = {"name": given["name"], "url": given["url"]}
    form["events"] = split(given["events"])
    if given["projects"]:
        form["projects"] = list(given["projects"])
    if given["statuses"]:
        form["statuses"] = split(given["statuses"])
    if given["conditions"]:
        form["conditions"] = [condition(text) for text in given["conditions"]]
    if given["headers"]:
        form["headers"] = [header(text) for text in given["headers"]]
    if (secret := secret_argument(given["secret"])) is not None:
        form["secret"] = secret
    if given["body"] is not None:
        form["body_template"] = text_argument(given["body"], "--body")
    if given["type_"]:
        form["type"] = given["type_"]
    if given["standard_webhooks"]:
        form["standard_webhooks"] = True
    return form


def split(values: tuple[str, ...]) -> list[str]:
    """The words of repeated options, each of which may hold several, separated by commas."""
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def header(text: str) -> dict[str, Any]:
    """A header `Name: value` in the form of the API."""
    name, colon, value = text.partition(":")
    if not colon:
        raise Usage(f"--header {text}: write 'Name: value'")
    return {"name": name.strip(), "value": value.strip()}


def condition(text: str) -> dict[str, Any]:
    """A condition such as `data.urgency in CR, HI` in the form of the API."""
    from daemon.domain.matching.conditions import InvalidCondition, read_condition

    try:
        read = read_condition(text)
    except InvalidCondition as error:
        raise Usage(f"--condition: {error}") from None
    return {"path": read.path, "op": read.op, "value": read.value}
