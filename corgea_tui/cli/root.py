"""`corgea-tui`: the list of verbs, and the app when none is given."""

import click

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import LazyGroup, common_options

_CLI = "corgea_tui.cli"

VERBS = {
    "demo": (f"{_CLI}.local.demo:demo", "Take a tour with made-up events; needs no set-up."),
    "emit": (f"{_CLI}.emit.verb:emit", "Send events, from a sample, a file or a scenario."),
    "tail": (f"{_CLI}.live.tail:tail", "Follow deliveries as they happen."),
    "webhooks": (f"{_CLI}.webhooks:webhooks", "Add, show, edit, test, pause and apply webhooks."),
    "deliveries": (f"{_CLI}.deliveries:deliveries", "List, show, retry and export deliveries."),
    "events": (f"{_CLI}.events:events", "List and show events, and explain where they went."),
    "stats": (f"{_CLI}.stats:stats", "Show totals, success rates and durations."),
    "listen": (
        f"{_CLI}.local.listen:listen",
        "Run a local HTTPS receiver that shows what arrives.",
    ),
    "sign": (f"{_CLI}.local.signing:sign", "Sign a body as deliveries are signed."),
    "verify": (f"{_CLI}.local.signing:verify", "Check a signature, and say what is wrong with it."),
    "recipes": (f"{_CLI}.recipes:recipes", "Apply ready-made webhooks for common uses."),
    "completion": (f"{_CLI}.completion:completion", "Print the shell completion script."),
    "dial-stdio": (f"{_CLI}.dial_stdio:dial_stdio", "Bridge stdin and stdout to the daemon."),
}

EXAMPLE = """
corgea-tui demo
corgea-tui emit scan.completed --set data.issues_found=3 --wait
corgea-tui webhooks add 'Jira tickets' https://jira.example.com/hook --event issue.status_changed
CORGEA_HOST=ssh://me@server corgea-tui
"""


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    example=EXAMPLE,
    invoke_without_command=True,
    params=common_options(as_json=False),
)
@click.option(
    "--readonly", is_flag=True, help="Disable every key of the app that changes something."
)
@click.option("--no-start", is_flag=True, help="Do not start a daemon when none runs.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(package_name="corgea-tui", prog_name="corgea-tui")
@pass_command_context
@click.pass_context
def root(
    ctx: click.Context, context: CommandContext, *, readonly: bool, no_start: bool, no_mouse: bool
) -> None:
    """Watch and control Corgea webhooks from the terminal.

    Without a command, the app opens. It starts a daemon for you when none runs.
    """
    context.readonly, context.mouse = readonly, not no_mouse
    if ctx.invoked_subcommand is None:
        from corgea_tui.app.opening import open_app

        ctx.exit(open_app(readonly=readonly, start_daemon=not no_start, mouse=not no_mouse))
