"""`corgea-tui demo`."""

import sys

import click

from corgea_tui.cli.param_types import seconds
from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb


@verb("demo", example="corgea-tui demo\ncorgea-tui demo --for 30 | less -R")
@click.option(
    "--for",
    "duration",
    type=seconds,
    default="20",
    metavar="SECONDS",
    help="How long, where stdout is no terminal.  [default: 20]",
)
@pass_session
def demo(session: CommandContext, *, duration: float) -> None:
    """A guided tour: made-up events, webhooks of several kinds, and receivers of several tempers.

    Runs a daemon on a throw-away home and needs no set-up and no network. Opens the app; where
    stdout is no terminal, prints the same feed as text and ends with a summary.
    """
    if sys.stdin.isatty() and session.out.terminal and not session.json:
        click.get_current_context().exit(_in_app(session))
    from corgea_tui.cli.demo_text import run_text

    run_text(session, duration)


def _in_app(session: CommandContext) -> int:
    from corgea_tui.demo.stage import stage

    session.out.note("Setting up a daemon, receivers and webhooks for the demo …", "quiet")
    with stage() as ready, ready.pump():
        from corgea_tui.app.opening import show
        from corgea_tui.client.connectors import own

        paths = ready.home.paths
        way = own(paths, start=False)
        return show(paths, way, readonly=session.readonly, mouse=session.mouse)
