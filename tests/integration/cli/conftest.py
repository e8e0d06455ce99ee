import http.server
import json
import socketserver
import threading

import pytest

from corgea_tui.receiver.answers import script
from corgea_tui.receiver.authority import authority
from corgea_tui.receiver.thread import ReceiverThread
from daemon.protocol.paths import Paths
from tests.harness.daemon import DaemonProcess, running_daemon, short_home


@pytest.fixture(scope="module")
def served():
    """A daemon for the tests of one file; each test uses webhooks and events of its own."""
    with running_daemon() as process:
        yield process


def show(daemon, name):
    """A webhook as the command shows it to programs."""
    return json.loads(daemon.tui("webhooks", "show", name, "--json").stdout)


def names(daemon):
    return [each["name"] for each in json.loads(daemon.tui("webhooks", "list", "--json").stdout)]


@pytest.fixture
def tidy(served):
    """Removes the webhooks that a test has made."""
    yield
    if left := names(served):
        served.tui("webhooks", "remove", "--yes", *left)


@pytest.fixture
def homeless():
    """A home in which no daemon runs."""
    with short_home() as home:
        yield DaemonProcess(home)


class Responder:
    """Answers by a script, and keeps what it saw."""

    def __init__(self, text="200"):
        self.script = script(text)
        self.seen = []

    async def __call__(self, received):
        self.seen.append(received)
        return self.script.next()


@pytest.fixture
def receiver(served):
    """Makes HTTPS receivers that the daemon trusts: `receiver("500,200")`."""
    trust = authority(Paths.resolve({"CORGEA_HOME": str(served.home)}))
    entered = []

    def make(text="200"):
        responder = Responder(text)
        thread = ReceiverThread(trust.server_context(), responder)
        responder.url = thread.__enter__().url
        entered.append(thread)
        return responder

    yield make
    for thread in entered:
        thread.__exit__(None, None, None)


@pytest.fixture
def webhook(served, receiver, request):
    """Makes a webhook to a receiver of its own and removes it: `webhook("200", "scan.*")`."""
    made = []

    def make(answers, *events, retry=None):
        responder = receiver(answers)
        name = f"{request.node.name[:40]} {len(made)}"
        form = {"name": name, "url": responder.url, "events": list(events)}
        if retry is not None:
            form["retry"] = retry
        from corgea_tui.client import calls
        from corgea_tui.client.host import UnixHost
        from corgea_tui.client.lean_client import LeanClient

        with LeanClient(UnixHost(served.control, named=True)) as client:
            client.send(calls.add_webhook(form))
        responder.name = name
        made.append(name)
        return responder

    yield make
    if made:
        served.tui("webhooks", "remove", "--yes", *made)


class _UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def stand_in():
    """Something on the socket that answers as told: `stand_in({"GET /path": (200, {})})`."""
    with short_home() as home:
        (home / "run").mkdir()
        servers = []

        def make(answers):
            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def answer(self):
                    self.rfile.read(int(self.headers.get("Content-Length") or 0))
                    path = self.path.partition("?")[0]
                    status, body = answers.get(f"{self.command} {path}", (404, {"status": 404}))
                    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)

                do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the module's names

                def address_string(self):
                    return "unix"

                def log_message(self, *_):
                    pass

            server = _UnixServer(str(home / "run" / "control.sock"), Handler)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            servers.append((server, thread))
            return DaemonProcess(home)

        yield make
        for server, thread in servers:
            server.shutdown()
            server.server_close()
            thread.join()
