"""The host of a command: the user's own, or the one that `CORGEA_HOST` names."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from corgea_tui.client.errors import Unreachable, Usage
from corgea_tui.client.host import UnixHost
from daemon.protocol.paths import PathProblem, Paths

if TYPE_CHECKING:
    from corgea_tui.client.ssh_host import SshHost


def resolve(paths: Paths, env: Mapping[str, str] = os.environ) -> "UnixHost | SshHost":
    """The host that `CORGEA_HOST` names, else the user's own; raises `Usage` for a bad name."""
    named = env.get("CORGEA_HOST", "").strip()
    if not named:
        try:
            paths.check_sockets()
        except PathProblem as problem:
            raise Unreachable(str(problem), "") from None
        return UnixHost(paths.control, named=False)
    if named.startswith("unix:///"):
        return UnixHost(Path(named.removeprefix("unix://")), named=True)
    if named.startswith("ssh://"):
        from corgea_tui.client.ssh_host import SshHost

        return SshHost(named)
    raise Usage(
        f"CORGEA_HOST={named} is not a host",
        "set it to unix:///PATH or ssh://USER@HOST",
    )
