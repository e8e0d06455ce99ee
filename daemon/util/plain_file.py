"""Reading files that people name: what could keep a reader waiting, or never end, is refused."""

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 16 * 2**20
"""No settings, webhooks, secrets or certificates are larger."""
_PIECE = 64 * 1024


def read_plain(path: Path) -> bytes:
    """What the file holds. Raises OSError, also for what is no plain file or too large.

    A pipe would wait for a writer, a device may never end; links to plain files are followed.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        raw = bytearray()
        # A piece at a time: `read` takes memory for all that it may return, and settings are read
        # every second. Freeing 16 MiB that often teaches malloc to keep as much for ever.
        while len(raw) <= MOST_BYTES and (piece := os.read(descriptor, _PIECE)):
            raw += piece
    finally:
        os.close(descriptor)
    if len(raw) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES >> 20} MiB", str(path))
    return bytes(raw)
