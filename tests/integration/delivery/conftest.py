"""A certificate authority, receivers and senders for tests of attempts over real connections."""

import ssl
from contextlib import asynccontextmanager

import pytest
import trustme

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.sender import Sender
from daemon.domain.deliveries.request import OutgoingRequest, lines_of
from tests.integration.delivery.raw_receiver import Receiver, polite

HOSTS = {"127.0.0.1": ("127.0.0.1",), "hooks.example": ("127.0.0.1",), "localhost": ("127.0.0.1",)}


def lookup(host):
    if host not in HOSTS:
        raise OSError(None, "no such name")
    return HOSTS[host]


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_path(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def server_tls(authority):
    """Makes a server's context; by default with a sound certificate."""

    def make(*names, issuer=authority, **options):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(*(names or HOSTS), **options).configure_cert(context)
        return context

    return make


@pytest.fixture
def receiver(server_tls):
    """Starts a receiver: `async with receiver(talk) as it`."""

    def make(talk=polite, tls=None):
        return Receiver(talk, tls or server_tls())

    return make


@pytest.fixture
def policy(ca_path):
    return NetworkPolicy(allow=("127.0.0.0/8", "::1"), ca_file=ca_path)


@pytest.fixture
async def sender(policy):
    made = Sender(policy, lookup)
    yield made
    await made.close()


@pytest.fixture
def sending():
    """Makes a sender under another policy: `async with sending(policy) as sender`."""

    @asynccontextmanager
    async def make(policy, names=lookup):
        made = Sender(policy, names)
        try:
            yield made
        finally:
            await made.close()

    return make


@pytest.fixture
def post():
    """Makes a request to a URL."""

    def make(url, body=b'{"event_id":"e-1"}', headers=(("X-Corgea-Event", "scan.started"),)):
        return OutgoingRequest(url, lines_of(headers), len(headers), body)

    return make


@pytest.fixture
def answered(receiver, sender, post):
    """Makes one attempt at a receiver that talks like this; gives its outcome."""

    async def make(talk, seconds=5):
        async with receiver(talk) as it:
            return await sender.attempt(post(it.url()), seconds)

    return make
