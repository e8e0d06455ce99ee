"""Calls to the running daemon over its control socket.

It writes HTTP itself: an import of `http.client` takes longer than the start of a verb may take.
"""

import json
import socket
from pathlib import Path
from typing import Any

from daemon.cli.root import CommandProblem, DaemonUnreachable, NotPermitted
from daemon.protocol.paths import Paths
from daemon.runtime.lock import holder

SECONDS = 60.0
"""Seconds to wait for an answer; a backup of a large database takes longer."""

_ERRORS = 400
_FORBIDDEN = 403
_PIECE = 64 * 1024


def call(
    paths: Paths, method: str, target: str, body: Any = None, seconds: float = SECONDS
) -> bytes:
    """The body of the daemon's answer; `DaemonUnreachable`, or `CommandProblem` when it refuses."""
    content = b"" if body is None else json.dumps(body).encode()
    # 1.0: the answer is one piece and ends with the connection.
    head = f"{method} {target} HTTP/1.0\r\nHost: corgea\r\nContent-Length: {len(content)}\r\n"
    kind = "" if body is None else "Content-Type: application/json\r\n"
    try:
        status, text = _answer(
            _exchange(paths.control, f"{head}{kind}\r\n".encode() + content, seconds)
        )
    except PermissionError as error:
        raise NotPermitted(
            f"this user may not open {paths.control}; join the group that [access] group"
            " names, or ask the admin of the daemon"
        ) from error
    except (OSError, ValueError) as error:
        raise unreachable(paths, error) from error
    if status >= _ERRORS:
        problem = NotPermitted if status == _FORBIDDEN else CommandProblem
        raise problem(_problem_text(text) or f"the daemon answered {status}")
    return text


def _exchange(path: Path, request: bytes, seconds: float) -> bytes:
    """Send a request; returns all bytes until the daemon closes the connection."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(seconds)
        sock.connect(str(path))
        sock.sendall(request)
        return b"".join(iter(lambda: sock.recv(_PIECE), b""))


def _answer(raw: bytes) -> tuple[int, bytes]:
    """Status and body; `ValueError` when it is not a complete HTTP answer."""
    head, _, text = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    protocol, _, rest = first.partition(" ")
    if not protocol.startswith("HTTP/"):
        raise ValueError("the answer is not HTTP")
    for line in lines:
        name, _, value = line.partition(":")
        if name.lower() == "content-length" and int(value) != len(text):
            raise ValueError("its answer was cut off")
    return int(rest[:3]), text


def unreachable(paths: Paths, error: Exception) -> DaemonUnreachable:
    """The problem that no daemon answers, with the cause and what to do."""
    pid = holder(paths.lock)
    if pid is not None:
        who = f"process {pid}" if pid else "a process"
        return DaemonUnreachable(
            f"{who} holds {paths.lock} and does not answer on {paths.control} ({error}):"
            " it is starting, stopping or stuck; read its log"
        )
    start = "corgea-daemon run --system" if paths.log is None else "corgea-daemon run"
    return DaemonUnreachable(f"no daemon runs on {paths.control}; start one with: {start}")


def _problem_text(answer: bytes) -> str | None:
    """The text of a problem document; None when the answer is not one."""
    try:
        problem = json.loads(answer)
        lines = [str(problem.get("detail") or problem["title"])]
        lines += [f"{each['field']}: {each['message']}" for each in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return "; ".join(lines)
