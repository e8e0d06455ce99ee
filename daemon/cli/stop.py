"""`stop`: have the daemon finish and end."""

import sys
import time

import click

from daemon.cli.control import call
from daemon.cli.errors import CommandProblem
from daemon.cli.root import verb
from daemon.protocol.paths import Paths
from daemon.runtime.lock import holder

_LOOK_EVERY = 0.05


@verb("stop", example="corgea-daemon stop\ncorgea-daemon stop --within 5")
@click.option(
    "--within",
    default=120.0,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to wait for its end.  [default: 120]",
)
def stop(*, paths: Paths, within: float) -> None:
    """Have the daemon finish what is on the wire and stop; returns when it has."""
    pid = holder(paths.lock)
    call(paths, "POST", "/v1/daemon/stop")
    deadline = time.monotonic() + within
    while pid is not None and holder(paths.lock) == pid:
        if time.monotonic() > deadline:
            raise CommandProblem(f"process {pid} is still finishing after {within:g} s")
        time.sleep(_LOOK_EVERY)
    print("corgea-daemon has stopped", file=sys.stderr)
