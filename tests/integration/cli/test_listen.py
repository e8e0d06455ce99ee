import http.server
import json
import re
import ssl
import threading
import urllib.request

import pytest

from tests.integration.cli.conftest import names
from tests.integration.cli.test_tail import Lines

RECORD = {
    *("received_at", "method", "target", "headers", "signature", "signature_problem"),
    *("answer", "answer_problem", "duration_ms"),
}
"""What docs/developer.md promises of each request, beside its body."""


def listening(process):
    """The lines on stderr, and the URL among the first of them."""
    notes = Lines(process.stderr)
    return re.search(r"https://\S+", notes.until("Listening on")).group()


def record(process):
    return json.loads(process.stdout.readline())


def test_it_subscribes_shows_verifies_and_leaves_nothing(served):
    options = ("--subscribe", "scan.started", "--answer", "500,200", "--json", "--name", "mine")
    with served.tui_running("listen", *options) as process:
        listening(process)
        assert "mine" in names(served)
        ended = served.tui("emit", "scan.started", "--set", "data.ratio=1.10", "--wait")
        assert ended.returncode == 0, ended.stderr
        first, second = record(process), record(process)
    assert (first["answer"], second["answer"]) == ("500", "200")
    assert first["signature"] == second["signature"] == "good"
    assert first.keys() == RECORD | {"body"}
    assert '"ratio":1.10' in first["body"]
    assert first["body"] == second["body"]
    assert process.returncode == 130
    assert "mine" not in names(served)


def test_kept_it_catches_up_the_next_time(served):
    options = ("--subscribe", "scan.started", "--json", "--name", "laptop", "--keep")
    with served.tui_running("listen", *options) as process:
        listening(process)
        assert "laptop" in names(served)
    assert served.tui("emit", "scan.started", "--event-id", "missed-1").returncode == 0
    with served.tui_running("listen", *options) as process:
        listening(process)
        assert json.loads(record(process)["body"])["event_id"] == "missed-1"
    served.tui("webhooks", "remove", "laptop", "--yes")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(418)
        self.send_header("X-Own", "yes")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"tea!")

    def log_message(self, *_):
        pass


@pytest.fixture
def local():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_forwards_bytes_unchanged_and_answers_as_the_handler_does(served, local):
    target = f"http://127.0.0.1:{local.server_port}/hook?a=%2F"
    with served.tui_running("listen", "--forward-to", target, "--json") as process:
        url = listening(process)
        context = ssl.create_default_context(cafile=served.home / "listen-ca.pem")
        body = b'{ "odd":  1.0,\n"bytes":"\xff"}'
        request = urllib.request.Request(url, body, {"X-Corgea-Event": "scan.failed"})
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(request, context=context)
        with answered.value as error:
            assert (error.code, error.headers["X-Own"], error.read()) == (418, "yes", b"tea!")
        shown = record(process)
    ((path, headers, came),) = local.seen
    assert (path, came) == ("/hook?a=%2F", body)
    assert headers["X-Corgea-Event"] == "scan.failed"
    assert shown["answer"] == "418"
    assert shown.keys() == RECORD | {"body_base64"}


def test_a_handler_that_is_not_there_is_502(served):
    with served.tui_running("listen", "--forward-to", "127.0.0.1:9") as process:
        url = listening(process)
        context = ssl.create_default_context(cafile=served.home / "listen-ca.pem")
        with pytest.raises(urllib.error.HTTPError) as answered:
            urllib.request.urlopen(urllib.request.Request(url, b"{}"), context=context)
        with answered.value as error:
            assert error.code == 502
        told = process.stdout.readline()
        assert "→ 502" in told
        assert "did not answer" in told


def test_without_a_daemon_to_register_with_it_says_only_that(homeless):
    ended = homeless.tui("listen", "--subscribe", "scan.*")
    assert (ended.returncode, ended.stdout) == (69, "")
    assert "corgea-daemon run" in ended.stderr
    assert "Listening" not in ended.stderr


def test_it_registers_with_no_other_users_daemon(served, homeless):
    there = f"unix://{served.control}"
    ended = homeless.tui("listen", "--subscribe", "scan.*", CORGEA_HOST=there)
    assert ended.returncode == 1
    assert "unset CORGEA_HOST" in ended.stderr


def test_it_takes_no_webhook_of_another_user(served):
    served.tui("webhooks", "add", "theirs", "https://example.com/x", "--event", "scan.*")
    ended = served.tui("listen", "--subscribe", "scan.*", "--name", "theirs")
    assert ended.returncode == 1
    assert "https://example.com/x" in ended.stderr
    assert "theirs" in names(served)
    served.tui("webhooks", "remove", "theirs")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--answer", "soon"), "is not an answer"),
        (("--forward-to", "ftp://x"), "--forward-to"),
        (("--keep",), "--subscribe"),
        (("--delay", "often"), "is not a duration"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(served, options, said):
    ended = served.tui("listen", *options)
    assert ended.returncode == 2
    assert said in ended.stderr
