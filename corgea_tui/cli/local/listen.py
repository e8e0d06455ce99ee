"""`corgea-tui listen`."""

from typing import Any

import click

from corgea_tui.cli.completion import event_types
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import seconds, secret_argument
from corgea_tui.cli.verb import verb
from corgea_tui.client.errors import Usage

EXAMPLE = """
corgea-tui listen --subscribe 'scan.*' --forward-to http://127.0.0.1:5000/hook
corgea-tui listen --subscribe 'issue.*' --name laptop --keep
corgea-tui listen --secret "$SECRET" --answer 500x2,200
corgea-tui listen --answer hang,reset,drip,big,redirect,429@2s
"""


@verb("listen", example=EXAMPLE)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="N",
    default=0,
    help="The port.  [default: a free one]",
)
@click.option("--secret", metavar="-|@FILE|TEXT", help="Verify signatures with it.")
@click.option(
    "--answer",
    default="200",
    metavar="LIST",
    help="Answers in turn: statuses, hang, reset, drip, big, redirect; 500x2 twice, 200@1s late.",
)
@click.option("--delay", type=seconds, default="0", metavar="D", help="Wait before each answer.")
@click.option(
    "--forward-to", metavar="URL", help="Forward to a local handler and answer as it does."
)
@click.option(
    "--subscribe",
    multiple=True,
    metavar="TYPE",
    shell_complete=event_types,
    help="Register as a webhook for these events while it runs. Repeatable.",
)
@click.option("--name", metavar="NAME", help="The webhook's name with --subscribe.")
@click.option(
    "--keep", is_flag=True, help="Pause the webhook at the end; the next run gets what it missed."
)
@click.option("--no-body", is_flag=True, help="Print only a line a request.")
@pass_command_context
def listen(context: CommandContext, /, **given: Any) -> None:
    """Receive webhooks on this machine over HTTPS and show them.

    This user's daemon trusts the receiver's certificate, on loopback only. With --subscribe the
    webhook is removed at the end. With --keep it is paused instead. When listen runs again under
    the same --name, the daemon sends what it missed.
    """
    if (given["keep"] or given["name"]) and not given["subscribe"]:
        raise Usage("--keep and --name go with --subscribe")
    if given["keep"] and not given["name"]:
        raise Usage("--keep needs a --name: the next run finds the webhook by it")
    from corgea_tui.cli.local.listening import ListenOptions, run

    options = ListenOptions(
        port=given["port"],
        secret=secret_argument(given["secret"]),
        answer=given["answer"],
        delay=given["delay"],
        forward_to=given["forward_to"],
        subscribe=given["subscribe"],
        name=given["name"],
        keep=given["keep"],
        bodies=not given["no_body"],
    )
    run(context, options)
