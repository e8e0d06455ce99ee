"""What `/openapi.json` promises, called with all that fits it and much that does not.

Schemathesis makes the calls, right ones and wrong ones; they go over the real socket. Every answer
has a status that the document names, and errors are problems. `CORGEA_FUZZ` multiplies the number.
"""

import http.client
import json
import os
import socket
from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from daemon.api.all_endpoints import ENDPOINTS
from daemon.api.handlers.openapi import document
from tests.harness.daemon import running_daemon

schemathesis = pytest.importorskip("schemathesis")
requests = pytest.importorskip("requests")  # which schemathesis brings along

EXAMPLES = 12 * int(os.environ.get("CORGEA_FUZZ", "1"))
ENDLESS_OR_LAST = {"/v1/watch", "/v1/daemon/stop", "/v1/daemon/backup"}
DOCUMENT = document(ENDPOINTS)
OPERATIONS = [
    found.ok()
    for found in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
    if found.ok().path not in ENDLESS_OR_LAST
]
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
CALLS = [
    pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
    for operation in OPERATIONS
    for mode in (RIGHT, WRONG)
    # Any text is an id, so only a query or a body can be wrong.
    if mode is RIGHT or len(operation.query) or len(operation.body)
]


class Connection(http.client.HTTPConnection):
    """HTTP to a socket of the daemon."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.host)


@pytest.fixture(scope="module")
def daemon():
    with running_daemon() as process:
        webhook = {"name": "hook", "url": "https://127.0.0.1:9/", "events": ["scan.*"]}
        call(process, "POST", "/v1/webhooks", json.dumps(webhook).encode())
        yield process
        assert " failed: " not in process.log()


def call(daemon, method, target, body=None, headers=None):
    with closing(Connection(str(daemon.control))) as connection:
        connection.request(method, target, body, {"Host": "c", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read()


@pytest.mark.parametrize(("operation", "mode"), CALLS)
def test_every_answer_is_one_that_is_documented(daemon, operation, mode):
    declared = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case):
        made = requests.Request(**plain(case.as_transport_kwargs(base_url="http://c"))).prepare()
        headers = {name: value for name, value in made.headers.items() if sound(value)}
        status, kind, text = call(daemon, made.method, made.path_url, made.body, headers)
        seen = (made.method, made.path_url, made.body, status, text[:300])
        assert str(status) in declared or status in {404, 405}, seen
        if status >= 400:
            assert kind == "application/problem+json", seen
            assert json.loads(text)["status"] == status

    check()


def plain(kwargs):
    return {key: value for key, value in kwargs.items() if key in KEYS}


KEYS = {"method", "url", "headers", "params", "json", "data", "cookies"}


def sound(value) -> bool:
    """Whether http.client sends a header's value at all; the others are for `test_protocol`."""
    text = value if isinstance(value, str) else value.decode("latin-1")
    return text.isascii() and text.isprintable()
