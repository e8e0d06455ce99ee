"""The listening sockets, bound by the daemon or inherited from systemd."""

import errno
import os
import shutil
import socket
from collections.abc import MutableMapping
from pathlib import Path

from daemon.protocol.paths import PathProblem

FIRST_INHERITED = 3
"""The first file descriptor that systemd hands over (sd_listen_fds(3))."""

BACKLOG = 512
"""Connections that may wait to be accepted; the kernel refuses more."""


def bind_socket(path: Path, mode: int = 0o600, group: str | None = None) -> socket.socket:
    """Listen on `path`, open to its owner, or with 0660 to `group` as well.

    The caller holds the daemon's lock, so an existing socket was left by a dead daemon and is
    removed. A strict umask keeps other users out while the new one is made.
    Raises `PathProblem` with what to do.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        previous = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(previous)
        if group is not None:
            shutil.chown(path, group=group)
        path.chmod(mode)
        listener.listen(BACKLOG)
    except LookupError as error:
        listener.close()
        raise PathProblem(
            f"[access] group: there is no group {group!r} on this machine; create it, or correct"
            " the setting"
        ) from error
    except OSError as error:
        listener.close()
        raise PathProblem(f"cannot listen on {path}: {_reason(error)}") from error
    listener.setblocking(False)
    return listener


def inherited_sockets(environment: MutableMapping[str, str]) -> dict[str, socket.socket]:
    """The listening sockets of `LISTEN_FDS` by the file name they are bound to.

    The variables are taken out of `environment`, so that no child process uses them.
    """
    pid = environment.pop("LISTEN_PID", "")
    count = environment.pop("LISTEN_FDS", "")
    environment.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isdigit():
        return {}
    sockets = {}
    for fd in range(FIRST_INHERITED, FIRST_INHERITED + int(count)):
        os.set_inheritable(fd, False)
        listener = socket.socket(fileno=fd)
        listener.setblocking(False)
        sockets[Path(listener.getsockname()).name] = listener
    return sockets


def _reason(error: OSError) -> str:
    if error.errno == errno.EPERM:
        return "the daemon may not give it to that group; run the daemon as a member of the group"
    return error.strerror or str(error)
