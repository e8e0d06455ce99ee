"""Reads regular files, and refuses files that could block the reader or never end."""

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 16 * 2**20
"""The most bytes of a file: more than settings, webhooks, secrets or certificates need."""
_PIECE = 64 * 1024


def read_plain(path: Path) -> bytes:
    """The content of a file. Raises OSError, also for a file that is not regular or too large.

    A pipe would wait for a writer, and a device may never end. Links are followed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        raw = bytearray()
        # In pieces: `read` allocates all that it may return, and settings are read every second.
        # When 16 MiB are freed that often, malloc keeps them.
        while len(raw) <= MOST_BYTES and (piece := os.read(descriptor, _PIECE)):
            raw += piece
    finally:
        os.close(descriptor)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES >> 20} MiB", str(path))
    return bytes(raw)
