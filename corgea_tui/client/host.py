"""A host on which a daemon listens, and a daemon on this machine."""

import os
import socket
from pathlib import Path
from typing import Protocol

from corgea_tui.client.errors import Forbidden, Unreachable

SYSTEM_SOCKET = Path("/run/corgea/control.sock")
CONNECT_TIMEOUT = 5.0


class Host(Protocol):
    """A machine on which a daemon listens."""

    def dial(self) -> socket.socket:
        """A connected socket; raises `Unreachable` or `Forbidden`."""
        ...

    def close(self) -> None:
        """Release the resources of `dial`. Safe to call twice."""
        ...


class UnixHost:
    """A daemon on this machine."""

    def __init__(self, control: Path, *, named: bool) -> None:
        """`control` is its socket; `named`: the user named it; it is not the default."""
        self.control = control
        self.named = named

    def dial(self) -> socket.socket:
        """A connected socket; raises `Unreachable` or `Forbidden`."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(CONNECT_TIMEOUT)
        try:
            sock.connect(os.fspath(self.control))
        except PermissionError as error:
            sock.close()
            raise not_allowed(self.control) from error
        except OSError as error:
            sock.close()
            reason = error.strerror or str(error)
            raise not_listening(self.control, reason, named=self.named) from error
        return sock

    def close(self) -> None:
        """Do nothing: no resource is held between calls."""


def not_allowed(control: Path) -> Forbidden:
    """The error for a socket that this user may not open."""
    return Forbidden(
        f"this user may not open {control}",
        "ask the owner of the daemon to allow your user or group ([access] in its settings)",
    )


def not_listening(control: Path, reason: str = "", *, named: bool = True) -> Unreachable:
    """The error for a socket on which no daemon answers."""
    system = not named and SYSTEM_SOCKET.exists()
    return Unreachable(
        f"no daemon answers on {control}" + (f" ({reason})" if reason else ""),
        f"a system daemon runs here: export CORGEA_HOST=unix://{SYSTEM_SOCKET}"
        if system
        else "start it: corgea-daemon run",
    )
