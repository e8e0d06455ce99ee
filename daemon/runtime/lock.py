"""The lock that allows one daemon per database. The process holds it until it ends.

The kernel releases it however the process ends, so a lock is never stale.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from daemon.protocol.paths import PathProblem


class LockHeld(Exception):
    """Another process holds the lock. `pid` is its id, or None when it is unknown."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"{path.parent} is in use: {who} holds {path}; stop it first (`corgea-daemon stop`),"
            " or set CORGEA_HOME to another folder"
        )
        self.pid = pid


class Lock:
    """An exclusive lock on a file that names its holder. Release it, or use it in a `with`."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    @classmethod
    def take(cls, path: Path) -> Self:
        """Take the lock now; raises `LockHeld`, or `PathProblem` when the file cannot be used."""
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise PathProblem(
                f"cannot write {path}: {error.strerror}; make its folder writable for this user"
                " or set CORGEA_HOME to a folder that is"
            ) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.write(fd, f"{os.getpid()}\n".encode())
        except BlockingIOError:
            pid = _pid_in(fd)
            os.close(fd)
            raise LockHeld(path, pid) from None
        except OSError as error:
            os.close(fd)
            raise PathProblem(f"cannot lock {path}: {error.strerror}; use a local disk") from error
        return cls(fd)

    def release(self) -> None:
        """Release the lock. Can be called again."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


def holder(path: Path) -> int | None:
    """The id of the process that holds the lock at `path` (0: unknown); None when it is free."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _pid_in(fd) or 0
    else:
        return None
    finally:
        os.close(fd)


def _pid_in(fd: int) -> int | None:
    text = os.pread(fd, 20, 0).strip()
    return int(text) if text.isdigit() else None
