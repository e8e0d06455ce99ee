"""A home of its own for every test, and a stand-in that answers on the control socket."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingUnixStreamServer

import pytest

from daemon.cli.run import run
from daemon.protocol.paths import Paths


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CORGEA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def paths(home):
    paths = Paths.resolve()
    paths.make()
    return paths


@pytest.fixture
def corgea(capsys):
    """Runs a command line; gives its exit code, stdout and stderr."""

    def command(*args: object) -> tuple[int, str, str]:
        code = run([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return command


class StandIn(ThreadingUnixStreamServer):
    """Answers what it is told to and remembers what was asked."""

    daemon_threads = True

    def __init__(self, path):
        super().__init__(str(path), Handler)
        self.answers = {}
        self.asked = []


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append((self.command, self.path, self.rfile.read(length)))
        answer = self.server.answers[self.path]
        status, body = answer() if callable(answer) else answer
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815  # the base class names them so

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def stand_in(paths):
    with StandIn(paths.control) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
