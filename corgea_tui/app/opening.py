"""The start of the app on the daemon that `CORGEA_HOST` names.

This module imports neither click nor any verb, as they would delay the first paint.
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
"""The most paints a second. Textual may skip two of its turns after a paint. At its default of 60 a
second, a key during an update of the list waited for up to 33 ms (docs/performance.md).
"""

READONLY, NO_START, NO_MOUSE = SWITCHES = ("--readonly", "--no-start", "--no-mouse")


def opens_app(args: Sequence[str], env: Mapping[str, str] = os.environ) -> bool:
    """Whether `args` are only the app's own switches, which need no parser."""
    return set(args).issubset(SWITCHES) and COMPLETE not in env


def run(args: Sequence[str]) -> int:
    """Open the app with `args` for which `opens_app` is true; return the exit code."""

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
    """Open the app on the user's own daemon or the one of `CORGEA_HOST`; return the exit code.

    Raises `Usage` when stdin or stdout is not a terminal, and for a bad host.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Usage("the app needs a terminal", "in scripts, use the commands: corgea-tui --help")
    paths = Paths.resolve()
    host = resolve(paths, env)
    from corgea_tui.client.connectors import daemon_at, daemon_over, own_daemon

    if isinstance(host, UnixHost):
        connector = daemon_at(host.control) if host.named else own_daemon(paths, start=start_daemon)
        return show(paths, connector, readonly=readonly, mouse=mouse)
    with closing(host) as tunnel:  # ssh prompts before the app uses the screen
        return show(paths, daemon_over(tunnel), readonly=readonly, mouse=mouse)


def show(paths: Paths, connector: "Connector", *, readonly: bool, mouse: bool) -> int:
    """Run the app on the daemon of `connector`; return the exit code."""
    os.environ.setdefault("TEXTUAL_FPS", str(PAINTS_A_SECOND))  # Textual reads it at its import
    from corgea_tui.app.app import run_app

    return run_app(paths, connector, readonly=readonly, mouse=mouse)
