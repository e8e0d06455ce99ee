"""Opening the app on the daemon that is meant.

Imports neither click nor any verb: without a verb they would only stand before the first paint.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from corgea_tui.client.errors import Usage
from corgea_tui.client.host import UnixHost
from corgea_tui.client.hosts import resolve
from corgea_tui.exit import prepare_streams, run_to_exit
from corgea_tui.program import COMPLETE
from corgea_tui.text.output import Output
from daemon.protocol.paths import Paths

if TYPE_CHECKING:
    from corgea_tui.client.connectors import Connector

PAINTS_A_SECOND = 120
"""At most. After a paint Textual can let two of its turns pass before the next one: at its own 60 a
second, a key that comes beside an update of the list waited for up to 33 ms (docs/performance.md).
"""

READONLY, NO_START, NO_MOUSE = SWITCHES = ("--readonly", "--no-start", "--no-mouse")


def is_meant(args: Sequence[str], env: Mapping[str, str] = os.environ) -> bool:
    """Whether `args` are nothing but the app's own_daemon switches, which need no parser."""
    return set(args).issubset(SWITCHES) and COMPLETE not in env


def run(args: Sequence[str]) -> int:
    """Open the app where it `is_meant`; the exit code of interfaces.md."""

    def work() -> int:
        return open_app(
            readonly=READONLY in args,
            start_daemon=NO_START not in args,
            mouse=NO_MOUSE not in args,
        )

    prepare_streams()
    return run_to_exit(work, Output())


def open_app(
    *, readonly: bool, start_daemon: bool, mouse: bool, env: Mapping[str, str] = os.environ
) -> int:
    """Open the app on the user's own daemon or the one that `CORGEA_HOST` names; the exit code.

    `Usage` without a terminal on both sides, and for a host of no known kind.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage("The app needs a terminal; for scripts there are commands: corgea-tui --help")
    paths = Paths.resolve()
    host = resolve(paths, env)
    from corgea_tui.client.connectors import daemon_at, daemon_over, own_daemon

    if isinstance(host, UnixHost):
        connector = daemon_at(host.control) if host.named else own_daemon(paths, start=start_daemon)
        return show(paths, connector, readonly=readonly, mouse=mouse)
    with closing(host) as tunnel:  # ssh asks what it has to before the app takes the screen
        return show(paths, daemon_over(tunnel), readonly=readonly, mouse=mouse)


def show(paths: Paths, connector: "Connector", *, readonly: bool, mouse: bool) -> int:
    """Run the app on the daemon that `connector` leads to; the exit code."""
    os.environ.setdefault("TEXTUAL_FPS", str(PAINTS_A_SECOND))  # Textual reads it at its import
    from corgea_tui.app.app import run_app

    return run_app(paths, connector, readonly=readonly, mouse=mouse)
