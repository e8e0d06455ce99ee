"""Calls to the running daemon over its control socket."""

import http.client
import json
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

from daemon.cli.errors import CommandProblem, NotPermitted, Unreachable
from daemon.lock import holder
from daemon.wire.paths import Paths

PATIENCE = 60.0
"""Seconds to wait for an answer; a backup of a large store takes longer and gets more."""
_ERRORS = 400


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("corgea", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Dial the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


def call(
    paths: Paths, method: str, target: str, body: Any = None, *, patience: float = PATIENCE
) -> bytes:
    """The body of the daemon's answer; `Unreachable`, or `CommandProblem` when it says no."""
    content = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}
    with closing(UnixConnection(paths.control, patience)) as connection:
        try:
            connection.request(method, target, content, headers)
            answer = connection.getresponse()
            text = answer.read()
        except PermissionError as error:
            raise NotPermitted(
                f"{paths.control} is not open to this user; join the group that [access] group"
                " names, or ask whoever runs the daemon"
            ) from error
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(paths, error) from error
    if answer.status >= _ERRORS:
        problem = NotPermitted if answer.status == http.HTTPStatus.FORBIDDEN else CommandProblem
        raise problem(_complaint(text) or f"the daemon answered {answer.status}")
    return text


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
