"""Calls to the running daemon over its control socket.

HTTP by hand: importing `http.client` costs more than a verb may take to start.
"""

import json
import socket
from pathlib import Path
from typing import Any

from daemon.cli.errors import CommandProblem, NotPermitted, Unreachable
from daemon.protocol.paths import Paths
from daemon.runtime.lock import holder

PATIENCE = 60.0
"""Seconds to wait for an answer; a backup of a large store takes longer and gets more."""

_ERRORS = 400
_FORBIDDEN = 403
_PIECE = 64 * 1024


def call(
    paths: Paths, method: str, target: str, body: Any = None, *, patience: float = PATIENCE
) -> bytes:
    """The body of the daemon's answer; `Unreachable`, or `CommandProblem` when it says no."""
    content = b"" if body is None else json.dumps(body).encode()
    # 1.0: the answer is one piece and ends with the connection.
    head = f"{method} {target} HTTP/1.0\r\nHost: corgea\r\nContent-Length: {len(content)}\r\n"
    kind = "" if body is None else "Content-Type: application/json\r\n"
    try:
        status, text = _answer(
            _exchange(paths.control, f"{head}{kind}\r\n".encode() + content, patience)
        )
    except PermissionError as error:
        raise NotPermitted(
            f"{paths.control} is not open to this user; join the group that [access] group"
            " names, or ask whoever runs the daemon"
        ) from error
    except (OSError, ValueError) as error:
        raise unreachable(paths, error) from error
    if status >= _ERRORS:
        problem = NotPermitted if status == _FORBIDDEN else CommandProblem
        raise problem(_complaint(text) or f"the daemon answered {status}")
    return text


def _exchange(path: Path, request: bytes, patience: float) -> bytes:
    """All that comes back before the other side closes."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(patience)
        sock.connect(str(path))
        sock.sendall(request)
        return b"".join(iter(lambda: sock.recv(_PIECE), b""))


def _answer(raw: bytes) -> tuple[int, bytes]:
    """Status and body; `ValueError` when it is no whole HTTP answer."""
    head, _, text = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if not protocol.startswith("HTTP/"):
        raise ValueError("it speaks no HTTP")
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length" and int(value) != len(text):
            raise ValueError("its answer broke off")
    return int(rest[:3]), text


def unreachable(paths: Paths, error: Exception) -> Unreachable:
    """Why nobody answers, and what to do about it."""
    pid = holder(paths.lock)
    if pid is not None:
        who = f"process {pid}" if pid else "a process"
        return Unreachable(
            f"{who} holds {paths.lock} and does not answer on {paths.control} ({error}):"
            " it is starting, stopping or stuck; its log says more"
        )
    start = "corgea-daemon run --system" if paths.log is None else "corgea-daemon run"
    return Unreachable(f"no daemon runs on {paths.control}; start one with: {start}")


def _complaint(answer: bytes) -> str | None:
    """The words of a problem document."""
    try:
        problem = json.loads(answer)
        lines = [str(problem.get("detail") or problem["title"])]
        lines += [f"{each['field']}: {each['message']}" for each in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return "; ".join(lines)
