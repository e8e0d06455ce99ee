"""TLS: always verified, and each failure in its own words."""

import datetime as dt
import socket
import ssl
import struct
import threading
import warnings
from contextlib import contextmanager, suppress

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.sender import Sender
from daemon.delivery.http.tls import CaFileError
from daemon.domain.deliveries.outcome import Failure

HOST = "hooks.example"


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Issuer:
    """A certificate and its key, signed by `above`; that one need not be an authority."""

    def __init__(self, name, key, above=None, *, authority=False, names=()):
        self.key, self.name = key, name_of(name)
        signer = above or self
        now = dt.datetime.now(dt.UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(signer.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if names:
            alternative = x509.SubjectAlternativeName([x509.DNSName(each) for each in names])
            built = built.add_extension(alternative, critical=False)
        self.certificate = built.sign(signer.key, hashes.SHA256())
        self.chain = [self.certificate, *([] if above is None else above.chain)]

    def written(self, path):
        pem = serialization.Encoding.PEM
        parts = [each.public_bytes(pem) for each in self.chain]
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(b"".join([self.key.private_bytes(pem, *form), *parts]))
        return path


def curve():
    return ec.generate_private_key(ec.SECP256R1())


def weak():
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


ROOT = Issuer("root", curve(), authority=True)
LEAF = Issuer("leaf", curve(), ROOT, names=["leaf.example"])


async def failure(receiver, sender, post, tls, host="hooks.example"):
    async with receiver(tls=tls) as it:
        outcome = await sender.attempt(post(it.url(host=host)), 5)
    assert it.requests == []
    assert outcome.response is None
    return outcome.failure


@pytest.mark.parametrize("host", ["hooks.example", "localhost", "127.0.0.1"])
async def test_a_certificate_for_another_name(receiver, sender, post, server_tls, host):
    failed = await failure(receiver, sender, post, server_tls("other.example"), host)
    assert failed.kind == "tls"
    assert failed.message.startswith(f"the certificate is for another name than {host}")


async def test_a_certificate_that_has_expired(receiver, sender, post, server_tls):
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    tls = server_tls("hooks.example", not_after=past)
    failed = await failure(receiver, sender, post, tls)
    assert failed == Failure("tls", "the certificate of hooks.example has expired")


async def test_a_certificate_of_an_unknown_authority(receiver, sender, post, server_tls):
    tls = server_tls("hooks.example", issuer=trustme.CA())
    failed = await failure(receiver, sender, post, tls)
    assert failed.kind == "tls"
    assert "comes from an unknown authority" in failed.message
    assert "[network] ca_file" in failed.message


async def test_a_self_signed_certificate(receiver, sender, post, tmp_path):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Issuer(HOST, curve(), names=[HOST]).written(tmp_path / "self.pem"))
    failed = await failure(receiver, sender, post, tls)
    assert failed.kind == "tls"
    assert failed.message.startswith("the certificate of hooks.example is self-signed")


async def test_a_port_that_speaks_no_tls(sender, post):
    def plain(connection):
        connection.recv(10)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        connection.recv(65536)

    with blocking(plain) as port:
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure == Failure("tls", "hooks.example does not speak TLS on this port")


async def test_tls_1_1_is_too_old(sender, post, server_tls):
    tls = server_tls()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what the test is about
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with blocking(tls_server(tls)) as port:
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure == Failure("tls", "hooks.example offers no TLS 1.2 or later")


async def test_tls_1_2_is_enough(receiver, sender, post, server_tls):
    tls = server_tls()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    async with receiver(tls=tls) as it:
        assert (await sender.attempt(post(it.url()), 5)).succeeded


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (ssl.TLSVersion.TLSv1_2, "no common cipher, or it wants a client certificate"),
        (ssl.TLSVersion.TLSv1_3, "asks for a client certificate"),
    ],
)
async def test_a_receiver_that_wants_a_client_certificate(
    sender, post, server_tls, authority, version, words
):
    tls = server_tls()
    tls.maximum_version = tls.minimum_version = version
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    with blocking(tls_server(tls)) as port:
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure.kind == "tls"
    assert words in outcome.failure.message


@pytest.mark.parametrize(("linger", "kind"), [(None, "closed"), (0, "reset")])
async def test_a_handshake_that_is_cut(sender, post, linger, kind):
    def cut(connection):
        connection.recv(65536)
        if linger is not None:
            option = struct.pack("ii", 1, linger)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)

    with blocking(cut) as port:
        outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure.kind == kind
    assert "in the TLS handshake" in outcome.failure.message


async def test_after_a_failed_handshake_the_next_address_is_tried(sending, policy, post):
    def cut(connection):
        connection.recv(65536)

    addresses = ("127.0.0.1", "127.0.0.2")  # nothing listens on the second
    with blocking(cut) as port:
        async with sending(policy, lambda _: addresses) as sender:
            outcome = await sender.attempt(post(f"https://hooks.example:{port}/"), 5)
    assert outcome.failure == Failure(
        "refused", "connection refused: cannot connect to hooks.example"
    )


async def test_without_the_ca_file_nothing_of_it_is_trusted(receiver, sending, post):
    async with receiver() as it, sending(NetworkPolicy(allow=("127.0.0.0/8",))) as sender:
        outcome = await sender.attempt(post(it.url(host="hooks.example")), 5)
    assert outcome.failure.kind == "tls"


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_ca_file_that_cannot_be_used_is_an_error_at_once(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CaFileError, match=str(path)):
        Sender(NetworkPolicy(ca_file=path))


async def sent_with(certificate, sending, receiver, post, folder, host=HOST):
    root = folder / "root.pem"
    root.write_bytes(ROOT.certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # the receiver would send anything
    context.load_cert_chain(certificate.written(folder / "chain.pem"))
    policy = NetworkPolicy(allow=("127.0.0.0/8",), ca_file=root)
    async with receiver(tls=context) as it, sending(policy, lambda _: ("127.0.0.1",)) as sender:
        return await sender.attempt(post(it.url(host=host)), 5), it.requests


@pytest.mark.parametrize(
    ("certificate", "host", "words"),
    [
        (Issuer(HOST, curve(), ROOT), HOST, "for another name"),  # in the subject alone
        (Issuer("weak", weak(), ROOT, names=[HOST]), HOST, "not valid"),
        (Issuer("of a leaf", curve(), LEAF, names=[HOST]), HOST, "not valid"),
        (Issuer("wild", curve(), ROOT, names=["*.example"]), "a.hooks.example", "another name"),
        (Issuer("wilder", curve(), ROOT, names=["*"]), HOST, "another name"),
        (Issuer("wildest", curve(), ROOT, names=["ho*.example"]), HOST, "another name"),
        (Issuer("address as a name", curve(), ROOT, names=["127.0.0.1"]), "127.0.0.1", "another"),
    ],
)
async def test_a_certificate_that_proves_nothing(
    certificate, host, words, sending, receiver, post, tmp_path
):
    outcome, requests = await sent_with(certificate, sending, receiver, post, tmp_path, host)
    assert requests == []
    assert outcome.failure.kind == "tls"
    assert words in outcome.failure.message


@pytest.mark.parametrize("host", [HOST, f"{HOST}.", HOST.upper()])
async def test_a_certificate_that_proves_the_host(host, sending, receiver, post, tmp_path):
    sound = Issuer("sound", curve(), ROOT, names=[HOST])
    outcome, _ = await sent_with(sound, sending, receiver, post, tmp_path, host)
    assert outcome.succeeded, outcome.failure


@contextmanager
def blocking(serve):
    """A server on a blocking socket, for one connection: unlike asyncio's it sends TLS alerts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def tls_server(context):
    def serve(connection):
        with context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ) as secured:
            with suppress(OSError):
                secured.do_handshake()
            socket.socket.recv(secured, 65536)  # or closing would reset, and lose the alert

    return serve
