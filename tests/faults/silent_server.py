"""`python -m tests.faults.silent_server run`: a daemon on a machine whose name server is silent.

The process gets a view of the file system of its own, in which `/etc/resolv.conf` is the file that
`RESOLV_CONF` names; then it is the daemon as it is, with the system's own look-ups. Takes root.
"""

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon.__main__ import main

VARIABLE = "RESOLV_CONF"
_ADDRESS = "127.0.0.53"
_OWN_MOUNTS, _BIND, _PRIVATE = 0x20000, 0x1000, 0x4000 | 0x40000


@contextmanager
def silent_server(folder: Path) -> Iterator[tuple[dict[str, str], socket.socket]]:
    """A name server that answers nothing: the environment to use it in, and where questions come.

    Raises OSError where it cannot be had.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as questions:
        questions.bind((_ADDRESS, 53))
        questions.setblocking(False)
        path = folder / "resolv.conf"
        path.write_text(f"nameserver {_ADDRESS}\noptions timeout:10 attempts:3\n")
        yield {VARIABLE: str(path)}, questions


def _see(path: str) -> None:
    """Have `path` in the place of `/etc/resolv.conf`, for this process alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mount.argtypes = [ctypes.c_char_p] * 3 + [ctypes.c_ulong, ctypes.c_char_p]
    for result in (
        libc.unshare(_OWN_MOUNTS),
        libc.mount(b"none", b"/", None, _PRIVATE, None),
        libc.mount(path.encode(), b"/etc/resolv.conf", None, _BIND, None),
    ):
        if result != 0:
            raise OSError(ctypes.get_errno(), "no view of its own")


if __name__ == "__main__":
    _see(os.environ[VARIABLE])
    main()
