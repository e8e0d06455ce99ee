"""The certificate authority of `listen` and `demo`: one per user, for loopback names only.

The daemon trusts it only for connections to loopback. Its name constraints limit all other
programs in the same way, so that a stolen key is useless elsewhere.
"""

import fcntl
import ipaddress
import os
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from corgea_tui.client.errors import Failed
from daemon.protocol.paths import Paths

AUTHORITY_DAYS = 3650
LEAF_DAYS = 397
RENEW_DAYS = 30
"""An authority that expires within this number of days is replaced."""
NAMES = ("localhost", "127.0.0.1", "::1")
NETWORKS = ("127.0.0.0/8", "::1/128")


class Authority:
    """Signs certificates for loopback names."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self._key = key

    def pem(self) -> bytes:
        """The certificate in PEM, for the programs that trust the authority."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """The private key in PEM, unencrypted: only the user can read its file."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def server_context(self) -> ssl.SSLContext:
        """The TLS context of a server on this machine; its key does not stay on disk."""
        key = ec.generate_private_key(ec.SECP256R1())
        chain = self._leaf(key).public_bytes(Encoding.PEM) + self.pem()
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.NamedTemporaryFile() as file:  # mode 0600; ssl reads only from files
            file.write(chain + secret)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _leaf(self, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = _builder("corgea local receiver", self.certificate.subject, key, LEAF_DAYS)
        return (
            builder.add_extension(x509.SubjectAlternativeName(_general_names()), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )


def authority(paths: Paths) -> Authority:
    """This user's authority, made when there is none; raises `Failed` for unusable files."""
    folder = paths.listen_ca.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "listen-ca.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # two receivers may start at once
        found = _load(paths)
        if found is None or _expires_soon(found.certificate):
            found = new_authority()
            _write(paths.listen_ca_key, found.key_pem())
            _write(paths.listen_ca, found.pem())
    finally:
        os.close(descriptor)
    return found


def new_authority() -> Authority:
    """A new authority, which may sign only for loopback names."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"corgea local receivers of {_login()}"
    constraints = x509.NameConstraints(
        permitted_subtrees=[
            x509.DNSName("localhost"),
            *(x509.IPAddress(ipaddress.ip_network(network)) for network in NETWORKS),
        ],
        excluded_subtrees=None,
    )
    certificate = (
        _builder(name, _name(name), key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def _load(paths: Paths) -> Authority | None:
    try:
        certificate = x509.load_pem_x509_certificate(paths.listen_ca.read_bytes())
        key = load_pem_private_key(paths.listen_ca_key.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise Failed(
            f"{paths.listen_ca} or its key cannot be read: {error}",
            f"remove {paths.listen_ca} and {paths.listen_ca_key}: the next start makes new ones",
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Failed(
            f"{paths.listen_ca_key} does not hold an elliptic curve key",
            f"remove {paths.listen_ca} and {paths.listen_ca_key}: the next start makes new ones",
        )
    return Authority(certificate, key)


def _write(path: Path, content: bytes) -> None:
    """Write the file atomically, readable only by its owner."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _expires_soon(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc < datetime.now(UTC) + timedelta(days=RENEW_DAYS)


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # for clocks that differ a little
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _general_names() -> list[x509.GeneralName]:
    host, *addresses = NAMES
    return [
        x509.DNSName(host),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # the user has no entry in the password database
        return str(os.getuid())
