"""Where the file is that a webhook comes from, when it is on this machine."""

import os
from pathlib import Path

from daemon.protocol.paths import Paths

REMOTE = "ssh://"


def owning_file(name: str, host: str) -> Path | None:
    """The file `name` of the folder of webhook files; None when it cannot be opened here.

    `host` is what the link connects to. A user's own daemon keeps them in the user's folder, the
    system's in `/etc` (interfaces.md, Files).
    """
    if host.startswith(REMOTE) or os.sep in name:
        return None
    folders = [Paths.resolve().webhooks, Paths.resolve({}, system=True).webhooks]
    return next((folder / name for folder in folders if (folder / name).is_file()), None)
