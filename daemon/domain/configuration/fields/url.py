"""The address of a webhook: HTTPS, no userinfo, no fragment; its bytes are kept (rules.md §2)."""

import re

from daemon.domain.configuration.fields.complaints import FieldErrors
from daemon.domain.problems import quoted
from daemon.domain.webhooks.masking import MASK

_LONGEST = 4096
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?#]*)[^#]*(?P<hash>#?).*"
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,61}[A-Za-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LONGEST_NAME = 253
_HIGHEST_PORT = 65535


def read_url(value: object, complaints: FieldErrors) -> str:
    """The URL as it was given, byte for byte."""
    if not isinstance(value, str) or not value:
        complaints.add("url", "is missing: give the https:// address that takes the POST")
        return ""
    problem = url_problem(value)
    if problem:
        complaints.add("url", problem)
    return value


def url_problem(url: str) -> str | None:
    """Why nothing can be sent to `url`; None when it is sound. Asked at save and at send."""
    if len(url) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    return _character_problem(url) or _structure_problem(url)


def _character_problem(url: str) -> str | None:
    if "…" in url or MASK in url:
        return "is the shortened form that is shown to viewers: give the whole URL"
    for character in url:
        if character == " ":
            return "holds a space: write it as %20"
        if not "!" <= character <= "~":
            return (
                f"holds {character!a}: only visible ASCII may be sent;"
                " percent-encode it in the path, write a host as xn--…"
            )
        if character == "\\":
            return "holds a backslash, which programs read differently: write it as %5C"
    return None


def _structure_problem(url: str) -> str | None:
    parts = _URL.fullmatch(url)
    if parts is None:
        return "is no URL: write it in full, like https://example.com/hook"
    if parts["scheme"].lower() != "https":
        return "must start with https://: nothing is sent in clear"
    if parts["hash"]:
        return "has a fragment (#…), which is never sent: leave it out"
    if "@" in parts["authority"]:
        return "holds a user name or password: use an Authorization header instead"
    return _authority_problem(parts["authority"])


def _authority_problem(authority: str) -> str | None:
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None or not parts["host"]:
        return "has no valid host, like https://example.com/hook"
    port = parts["port"]
    if port is not None and not (_PORT.fullmatch(port) and int(port) <= _HIGHEST_PORT):
        return f"has no valid port: give one from 1 to {_HIGHEST_PORT}, or none for 443"
    return _host_problem(parts["host"])


def _host_problem(host: str) -> str | None:
    labels = host.removesuffix(".").split(".")
    if host.startswith("["):
        sound, kind = _is_ipv6(host[1:-1]), "IPv6 address"
    elif _NUMERIC.fullmatch(labels[-1]):
        sound, kind = _is_ipv4(host), "IPv4 address"
    else:
        sound = len(host) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels))
        kind = "name of letters, digits, - and dots"
    return None if sound else f"has no valid host: {quoted(host)} is no {kind}"


def _is_ipv4(host: str) -> bool:
    from ipaddress import AddressValueError, IPv4Address

    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def _is_ipv6(host: str) -> bool:
    from ipaddress import AddressValueError, IPv6Address

    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return "%" not in host  # a zone means nothing to anybody else
