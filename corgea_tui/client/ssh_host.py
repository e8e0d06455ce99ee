"""A daemon on another machine: one ssh that forwards a local socket to the remote control socket.

ssh prompts for passwords and host keys when the tunnel first opens, before the app uses the screen.
Where the server forbids forwarded sockets, the same ssh runs `corgea-tui dial-stdio` on the remote
machine instead. An ssh that ended is started again.
"""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from corgea_tui.client.errors import Unreachable, Usage
from corgea_tui.client.host import UnixHost
from corgea_tui.client.ssh_process import Bridge, SshMaster

MARK = "corgea-socket:"
FIND = """\
find_socket() {
  for socket in "${CORGEA_HOME:-/nonexistent}/run/control.sock" \\
    "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/corgea/control.sock" \\
    "${XDG_DATA_HOME:-$HOME/.local/share}/corgea/run/control.sock" \\
    /run/corgea/control.sock; do
    if [ -S "$socket" ]; then echo "$socket"; return; fi
  done
}
echo "corgea-socket:$(find_socket)"
exec cat >/dev/null"""
"""Prints the path of the remote control socket, the user's or else the system's. Then it keeps the
connection until its stdin is closed, which also happens when the local process ends."""
DIAL = 'PATH="$HOME/.local/bin:$PATH" exec corgea-tui dial-stdio'
"""For servers that forbid forwarding. The PATH of a non-login shell may lack this folder."""
PROBE = b"GET /v1/daemon HTTP/1.1\r\nHost: corgea\r\nConnection: close\r\n\r\n"
SSH = "CORGEA_SSH"
"""The variable that replaces `ssh`, e.g. `ssh -F FILE -i KEY`."""
SECONDS = 60.0
LOCAL = "control.sock"
STAY = (
    *("-o", "ControlMaster=yes", "-o", "ControlPersist=no"),
    *("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "Compression=yes"),
)
"""One master connection for all calls, which ends when the network is lost. Compression reduces
lists to a tenth."""
SILENT = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
"""For an ssh that must not prompt, because the app uses the terminal."""


class SshHost:
    """The daemon at an `ssh://user@host[:port][/path/to/control.sock]`."""

    def __init__(self, url: str, env: Mapping[str, str] = os.environ) -> None:
        """Start nothing before `open` or the first `dial`; raises `Usage` for a bad URL."""
        self._target, self._options, self._remote = _parse(url)
        self.url = url
        self._ssh = shlex.split(env.get(SSH, "")) or ["ssh"]
        self._folder: Path | None = None
        self._master: SshMaster | None = None
        self._bridge: Bridge | None = None
        self._forwards = False
        """Whether the server is known to forward sockets."""

    @property
    def alive(self) -> bool:
        """Whether ssh runs. It ends some seconds after the network is lost."""
        return self._master is not None and self._master.alive

    def open(self, *, ask: bool = True) -> Path:
        """The local socket of the remote daemon; opens the tunnel when none is open.

        `ask`: whether ssh may prompt on the terminal. Raises `Unreachable` without a tunnel.
        """
        folder = self._folder
        if folder is None or not self.alive:
            self.close()
            folder = self._folder = Path(tempfile.mkdtemp(prefix="corgea-", dir=_short_folder()))
            try:
                self._connect(folder, ask=ask)
            except BaseException:
                self.close()
                raise
        return folder / LOCAL

    def dial(self) -> socket.socket:
        """A connected socket; raises `Unreachable` when there is none."""
        return UnixHost(self.open(), named=True).dial()

    def cancel_open(self) -> None:
        """Make a running `open` in another thread fail soon."""
        if self._master is not None:
            self._master.stop()

    def close(self) -> None:
        """End ssh and remove its files. Safe to call twice."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        if self._bridge is not None:
            self._bridge.close()
            self._bridge = None
        if self._master is not None:
            self._master.close()
            self._master = None
        shutil.rmtree(folder, ignore_errors=True)

    def _connect(self, folder: Path, *, ask: bool) -> None:
        self._remote = self._start(folder, ask=ask)
        local = folder / LOCAL
        forward = ("-L", f"{local}:{self._remote}")
        if self._control(folder, "forward", *forward) == 0:
            if self._forwards or _answers(local):
                self._forwards = True
                return
            self._control(folder, "cancel", *forward)
            local.unlink(missing_ok=True)
        self._bridge = Bridge(local, self._command(folder, self._target, DIAL))

    def _start(self, folder: Path, *, ask: bool) -> str:
        """Start the master ssh; return the path of the remote socket."""
        options = [*self._options, *STAY, *(() if ask else SILENT), "-T"]
        command = self._command(folder, *options, self._target, FIND)
        try:
            self._master = SshMaster(command, ask=ask)
        except OSError as error:
            raise Unreachable(f"cannot start {self._ssh[0]}: {error.strerror}") from None
        found = self._master.find(MARK)
        if found is None:
            message = (
                f"ssh to {self._target} failed" if ask else f"ssh: {self._master.last_message}"
            )
            raise Unreachable(message, f"try: ssh {self._target}")
        remote = self._remote or found
        if not remote:
            raise Unreachable(
                f"no daemon runs for this user on {self._target}",
                f"start it there: ssh {self._target} corgea-daemon run",
            )
        return remote

    def _control(self, folder: Path, what: str, *options: str) -> int:
        """Send a command to the running ssh; return its exit code."""
        command = self._command(folder, "-O", what, *options, self._target)
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        ).returncode

    def _command(self, folder: Path, *arguments: str) -> list[str]:
        return [*self._ssh, "-o", f"ControlPath={folder / 'ssh'}", *arguments]


def _answers(local: Path) -> bool:
    """Whether the remote end of a forwarded socket answers: ssh reports a refusal only on use."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(SECONDS)
        try:
            sock.connect(os.fspath(local))
            sock.sendall(PROBE)
            return bool(sock.recv(1))
        except OSError:
            return False


def _parse(url: str) -> tuple[str, list[str], str]:
    """The target and the options for ssh, and the path of the remote socket or an empty string."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or host.startswith("-") or (parts.username or "").startswith("-"):
        raise Usage(f"CORGEA_HOST={url}: write ssh://USER@HOST or ssh://USER@HOST:PORT")
    target = f"{parts.username}@{host}" if parts.username else host
    options = ["-p", str(port)] if port else []
    return target, options, parts.path if len(parts.path) > 1 else ""


def _short_folder() -> str:
    """The folder for sockets: their paths must be short, and ssh appends to its own."""
    folder = tempfile.gettempdir()
    return folder if len(os.fsencode(folder)) <= 40 else "/tmp"  # noqa: PLR2004, S108  # see above
