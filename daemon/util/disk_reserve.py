"""Room kept on the disk for what must be written when the disk is full (architecture.md)."""

import os
import shutil
from pathlib import Path

SIZE = 8 * 1024 * 1024
"""Bytes: the outcomes of all attempts that can be in flight at once, with the log's overhead."""

_BLOCK = bytes(1024 * 1024)


class Reserve:
    """A file of zeros that is removed when its room is needed."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def hold(self) -> bool:
        """Take the room, unless it is taken; False when the disk has too little."""
        try:
            if self._path.exists() and self._path.stat().st_size == self._size:
                return True
            # Asked first, so that others do not find the disk full while this is tried.
            if self._free() < self._size:
                return False
            self._write()
        except OSError:
            self.release()
            return False
        return True

    def hold_with_room(self) -> bool:
        """Take the room; False also when little more is left."""
        return self.hold() and self._free() >= self._size

    def release(self) -> bool:
        """Give the room up; False when it was not taken."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def _free(self) -> int:
        return shutil.disk_usage(self._path.parent).free

    def _write(self) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            for _ in range(0, self._size, len(_BLOCK)):
                if os.write(fd, _BLOCK) != len(_BLOCK):
                    raise OSError("the disk took less than it was given")
        finally:
            os.close(fd)
