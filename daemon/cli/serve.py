"""`run`: the daemon itself."""

from pathlib import Path

import click

from daemon.cli.root import CONTEXT, DaemonVerb, settings_argument
from daemon.protocol.paths import Paths

EXAMPLE = """\
corgea-daemon run
corgea-daemon run --settings ./daemon.toml
corgea-daemon run --system"""


@click.command("run", cls=DaemonVerb, example=EXAMPLE, context_settings=CONTEXT)
@click.option("--system", is_flag=True, help="Serve the machine: /etc/corgea, /var/lib/corgea.")
@click.option("--settings", type=settings_argument, help="Read this file instead of daemon.toml.")
@click.pass_context
def serve_verb(ctx: click.Context, *, system: bool, settings: Path | None) -> None:
    """Run in the foreground and log to stderr.

    SIGTERM and SIGINT finish what is on the wire and stop; SIGHUP reads settings and webhook files
    again.
    """
    from daemon.runtime.serve import serve

    path = settings.absolute() if settings else None
    ctx.exit(serve(Paths.resolve(system=system), path, system=system))
