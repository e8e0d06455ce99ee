"""TLS for deliveries, always verified, 1.2 or later, and messages for its failures."""

import re
import ssl
from pathlib import Path

from daemon.delivery.http.timings import current_timings

_WRONG_NAME = frozenset({62, 64})  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
_UNKNOWN_ISSUER = frozenset({2, 19, 20, 21, 27})
_VERIFY_WORDS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed; to trust it, add it with [network] ca_file",
    23: "has been revoked",
}
_HANDSHAKE_WORDS = {
    "WRONG_VERSION_NUMBER": "does not speak TLS on this port",
    "HTTP_REQUEST": "does not speak TLS on this port",
    "PACKET_LENGTH_TOO_LONG": "does not speak TLS on this port",
    "RECORD_LAYER_FAILURE": "does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "offers no TLS 1.2 or later",
    "TLSV1_ALERT_PROTOCOL_VERSION": "offers no TLS 1.2 or later",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "refused the TLS handshake: no common cipher, or it wants a client certificate"
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "asks for a client certificate, which is not supported",
    "TLSV1_UNRECOGNIZED_NAME": "has no certificate for this name",
}


class CaFileError(ValueError):
    """A certificate file cannot be used; the message names it and the reason."""


class DeliveryContext(ssl.SSLContext):
    """A context that records when a handshake begins.

    asyncio reports when TLS is ready, not when TCP is; `wrap_bio` is the only public call between
    the two.
    """

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002  # the signature of ssl.SSLContext
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As in `ssl.SSLContext`; records the time on the attempt's timings."""
        current_timings().handshake_began()
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


def make_context(*ca_files: Path) -> ssl.SSLContext:
    """A context that trusts the system's authorities and those of `ca_files` (PEM).

    Reads files and takes some 15 ms. Raises CaFileError for a file that cannot be used.
    """
    context = DeliveryContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies names and certificates
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False  # names stand in subjectAltName (RFC 9525)
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    for path in ca_files:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise CaFileError(f"{path} is not a plain file")
        try:
            context.load_verify_locations(cafile=path)
        except ssl.SSLError as error:
            raise CaFileError(f"{path} holds no certificate in PEM form") from error
        except OSError as error:
            raise CaFileError(f"{path} cannot be read: {error.strerror}") from error
    return context


def is_tls_error(error: BaseException) -> bool:
    """Whether `error` is a TLS error; aiohttp turns some into an OSError with the same text."""
    return isinstance(error, ssl.SSLError) or _symbol(error) is not None


def tls_message(error: BaseException, host: str) -> str:
    """The message for a TLS error with `host`."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate_words(error, host)
    symbol = _symbol(error) or "unknown reason"
    words = _HANDSHAKE_WORDS.get(symbol)
    return f"{host} {words}" if words else f"TLS with {host} failed: {symbol}"


def _certificate_words(error: ssl.SSLCertVerificationError, host: str) -> str:
    if error.verify_code in _WRONG_NAME:
        return f"the certificate is for another name than {host} (only subjectAltName counts)"
    if error.verify_code in _UNKNOWN_ISSUER:
        return (
            f"the certificate of {host} comes from an unknown authority; "
            "to trust it, add its certificate with [network] ca_file"
        )
    words = _VERIFY_WORDS.get(error.verify_code)
    return f"the certificate of {host} {words or f'is not valid: {error.verify_message}'}"


def _symbol(error: BaseException) -> str | None:
    """OpenSSL's own name of the error, such as WRONG_VERSION_NUMBER."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason
    found = re.search(r"\[SSL: (\w+)\]", str(error))
    return found[1] if found else None
