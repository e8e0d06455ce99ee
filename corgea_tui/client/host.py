"""A daemon on this machine, and what every place where one listens can do."""

import os
import socket
from pathlib import Path
from typing import Protocol

from corgea_tui.client.errors import Forbidden, Unreachable

SYSTEM_SOCKET = Path("/run/corgea/control.sock")
CONNECT_SECONDS = 5.0


class Host(Protocol):
    """A place where a daemon listens."""

    def dial(self) -> socket.socket:
        """A connected socket; `Unreachable` or `Forbidden` say what to do when there is none."""
        ...

    def close(self) -> None:
        """Give back what dialling needed. Safe to call twice."""
        ...


class UnixHost:
    """A daemon on this machine."""

    def __init__(self, control: Path, *, named: bool) -> None:
        """`control` is its socket; `named` when the user chose it rather than the defaults."""
        self.control = control
        self.named = named

    def dial(self) -> socket.socket:
        """A connected socket; `Unreachable` or `Forbidden` say what to do when there is none."""
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(CONNECT_SECONDS)
        try:
            sock.connect(os.fspath(self.control))
        except PermissionError as error:
            sock.close()
            raise Forbidden(
                f"this user may not open {self.control}",
                "ask who runs the daemon to let your user or group in ([access] in its settings)",
            ) from error
        except OSError as error:
            sock.close()
            raise Unreachable(
                f"no daemon answers on {self.control} ({error.strerror or error})", self._advice()
            ) from error
        return sock

    def close(self) -> None:
        """Nothing is held between calls."""

    def _advice(self) -> str:
        if not self.named and SYSTEM_SOCKET.exists():
            return f"a system daemon runs here: export CORGEA_HOST=unix://{SYSTEM_SOCKET}"
        return "start it: corgea-daemon run"
