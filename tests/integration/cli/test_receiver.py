import asyncio
import http.client
import ssl
import stat
from contextlib import closing, contextmanager

import pytest

from corgea_tui.client.errors import Failed
from corgea_tui.receiver.answers import ScriptedAnswer
from corgea_tui.receiver.authority import authority, new_authority
from corgea_tui.receiver.thread import ReceiverThread
from daemon.domain.deliveries.signature import sign
from daemon.protocol.paths import Paths
from tests.integration.cli.conftest import Responder


@pytest.fixture(scope="module")
def trust():
    return new_authority()


@contextmanager
def connected(trust, respond, host="127.0.0.1", timeout=2):
    """A connection to a receiver that answers so."""
    context = ssl.create_default_context(cadata=trust.pem().decode())
    with ReceiverThread(trust.server_context(), respond) as receiver:
        port = int(receiver.url.rpartition(":")[2])
        client = http.client.HTTPSConnection(host, port, context=context, timeout=timeout)
        with closing(client) as connection:
            yield connection


def post(connection, body=b"{}", headers=None):
    connection.request("POST", "/hook?x=1", body=body, headers=headers or {})
    return connection.getresponse()


def test_a_request_arrives_with_its_bytes_and_headers_as_sent(trust):
    respond = Responder("202")
    with connected(trust, respond) as connection:
        body = b'{"a": 1.10,  "b":"\xc3\xa9"}'
        headers = {"X-Corgea-Signature": sign(body, "s3cret"), "X-Corgea-Event": "scan.failed"}
        assert post(connection, body, headers).status == 202
    (received,) = respond.seen
    assert received.body == body
    assert received.target == "/hook?x=1"
    assert received.header("x-corgea-event") == "scan.failed"
    assert ("X-Corgea-Event", "scan.failed") in received.headers
    assert received.signature_problem("s3cret") is None
    assert "wrong secret" in received.signature_problem("other")


def test_the_certificate_is_good_for_localhost_too(trust):
    with connected(trust, Responder(), host="localhost") as connection:
        assert post(connection).status == 200


def test_the_authority_may_not_sign_for_the_world(trust):
    from cryptography import x509

    limits = trust.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert limits.value.permitted_subtrees[0].value == "localhost"


def test_a_sequence_of_answers(trust):
    with connected(trust, Responder("500,200")) as connection:
        statuses = []
        for _ in range(3):
            answer = post(connection)
            answer.read()
            statuses.append(answer.status)
    assert statuses == [500, 200, 500]


def test_a_reset_is_a_reset(trust):
    reset = Responder("reset")
    with connected(trust, reset) as connection, pytest.raises(ConnectionResetError):
        post(connection)


def test_a_hanging_request_does_not_keep_the_receiver_from_stopping(trust):
    hang = Responder("hang")
    with connected(trust, hang, timeout=0.2) as connection, pytest.raises(TimeoutError):
        post(connection)


def test_a_big_body_is_not_kept_from_ending_early(trust):
    with connected(trust, Responder("big,redirect")) as connection:
        assert len(post(connection).read(100_000)) == 100_000
        connection.close()  # the next request opens another
        answer = post(connection)
        assert (answer.status, answer.getheader("Location")) == (302, "/elsewhere")


def test_a_taken_port_is_explained(trust):
    with ReceiverThread(trust.server_context(), Responder()) as receiver:
        port = int(receiver.url.rpartition(":")[2])
        with (
            pytest.raises(Failed, match="cannot listen"),
            ReceiverThread(trust.server_context(), Responder(), port),
        ):
            pass


def test_the_authority_is_made_once_for_its_owner_alone(tmp_path):
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path / "home")})
    first = authority(paths)
    assert authority(paths).pem() == first.pem()
    assert stat.S_IMODE(paths.listen_ca_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.listen_ca.stat().st_mode) == 0o600
    assert {file.name for file in paths.data.iterdir()} == {
        "listen-ca.key",
        "listen-ca.lock",
        "listen-ca.pem",
    }


def test_a_broken_authority_is_explained(tmp_path):
    paths = Paths.resolve({"CORGEA_HOME": str(tmp_path)})
    authority(paths)
    paths.listen_ca.write_text("nonsense")
    with pytest.raises(Failed, match="cannot be read"):
        authority(paths)


def test_a_delay_comes_before_the_answer(trust):
    class Delayed(Responder):
        async def __call__(self, received):
            return ScriptedAnswer(delay=0.05)

    with connected(trust, Delayed()) as connection:
        loop = asyncio.new_event_loop()
        before = loop.time()
        post(connection)
        assert loop.time() - before >= 0.05
        loop.close()
