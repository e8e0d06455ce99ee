"""`corgea-tui dial-stdio`."""

import os
import selectors
import socket

from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.verb import verb
from corgea_tui.client.hosts import resolve

CHUNK = 64 * 1024
LINGER = 10.0
"""Seconds of silence after the end of stdin that end the bridge."""
STDIN, STDOUT = 0, 1


@verb("dial-stdio", as_json=False, example="ssh me@server corgea-tui dial-stdio")
@pass_command_context
def dial_stdio(context: CommandContext) -> None:
    """Bridge stdin and stdout to the daemon's control socket, for clients on other machines."""
    with resolve(context.paths).dial() as sock:
        sock.settimeout(None)
        bridge(sock)


def bridge(sock: socket.socket) -> None:
    """Copy both ways until the daemon closes.

    After the end of stdin the bridge waits for the answer and keeps the socket open: HTTP servers
    treat a half-closed connection as closed.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        linger = None
        try:
            selector.register(STDIN, selectors.EVENT_READ)
        except PermissionError:  # a regular file is always readable, and cannot be waited for
            while piece := os.read(STDIN, CHUNK):
                sock.sendall(piece)
            linger = LINGER
        while ready := selector.select(linger):
            for key, _ in ready:
                if key.fileobj is sock:
                    piece = sock.recv(CHUNK)
                    if not piece:
                        return
                    _write(piece)
                elif piece := os.read(STDIN, CHUNK):
                    sock.sendall(piece)
                else:
                    selector.unregister(STDIN)
                    linger = LINGER


def _write(piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[os.write(STDOUT, left) :]
