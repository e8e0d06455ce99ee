"""Calls on a socket by another user of this machine, one after the other, in a child process."""

import http.client
import json
import os
import socket
import subprocess
import sys
from pathlib import Path


def calls(path: Path, uid: int, gid: int, requests: list[tuple[str, str]]) -> list[tuple[int, str]]:
    """Status and text of each (method, path); status 0 with the error's name: not even connected.

    A changing call has an empty object as its body. `/v1/watch` is read for its first line.
    """
    child = subprocess.run(
        [sys.executable, __file__, str(path), str(uid), str(gid)],
        input=json.dumps(requests).encode(),
        capture_output=True,
        timeout=30,
        check=True,
    )
    return [tuple(each) for each in json.loads(child.stdout)]


class _Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.host)


def _ask(path: str, method: str, target: str) -> tuple[int, str]:
    connection = _Connection(path)
    body, headers = (
        (None, {"Host": "c"}) if method == "GET" else (b"{}", {"Host": "c", "If-Match": "0"})
    )
    try:
        connection.request(method, target, body, headers)
        answer = connection.getresponse()
        streams = target.startswith("/v1/watch") and answer.status == 200
        return answer.status, (answer.readline() if streams else answer.read()).decode()
    except OSError as error:
        return 0, type(error).__name__
    finally:
        connection.close()


def _main() -> None:
    path, uid, gid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    requests = json.load(sys.stdin)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    json.dump([_ask(path, method, target) for method, target in requests], sys.stdout)


if __name__ == "__main__":
    _main()
