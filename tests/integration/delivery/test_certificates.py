"""Certificates of an authority that is trusted, and that prove nothing all the same."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from daemon.delivery.http.network_policy import NetworkPolicy

HOST = "hooks.example"


def name_of(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Issuer:
    """Who signs: an authority, or somebody who is none and does it anyway."""

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


async def sent_to(certificate, sending, receiver, post, folder, host=HOST):
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
async def test_what_proves_nothing(certificate, host, words, sending, receiver, post, tmp_path):
    outcome, requests = await sent_to(certificate, sending, receiver, post, tmp_path, host)
    assert requests == []
    assert outcome.failure.kind == "tls"
    assert words in outcome.failure.message


@pytest.mark.parametrize("host", [HOST, f"{HOST}.", HOST.upper()])
async def test_what_does(host, sending, receiver, post, tmp_path):
    sound = Issuer("sound", curve(), ROOT, names=[HOST])
    outcome, _ = await sent_to(sound, sending, receiver, post, tmp_path, host)
    assert outcome.succeeded, outcome.failure
