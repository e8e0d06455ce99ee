"""A reserve of disk space for writes that are needed when the disk is full (architecture.md)."""

import os
import shutil
from pathlib import Path

SIZE = 8 * 1024 * 1024
"""Bytes: the outcomes of all attempts that can be in flight at once, with the log's overhead."""

_BLOCK = bytes(1024 * 1024)


class Reserve:
    """A file of zeros that is removed when its space is needed."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    def hold(self) -> bool:
        """Create the file, unless it exists; False when the disk has too little space."""
        try:
            if self._path.exists() and self._path.stat().st_size == self._size:
                return True
            # Check first, so that this attempt does not fill the disk for other programs.
            if self._free() < self._size:
                return False
            self._write()
        except OSError:
            self.release()
            return False
        return True

    def hold_with_room(self) -> bool:
        """Create the file; False also when the disk then has little space left."""
        return self.hold() and self._free() >= self._size

    def release(self) -> bool:
        """Remove the file; False when it did not exist."""
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
                    raise OSError("the disk did not write all bytes")
        finally:
            os.close(fd)
