"""The fields of a webhook's destination: its URL and custom headers (rules.md §2)."""

import re
from collections.abc import Iterable

from daemon.domain.configuration.fields import FieldErrors, rows, switch
from daemon.domain.problems import quoted
from daemon.domain.webhooks.config import Header
from daemon.domain.webhooks.masking import MASK, is_credential, is_masked, names_credential

_MOST_HEADERS = 50
_LONGEST_NAME = 128
_LONGEST_VALUE = 8000
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")

RESERVED = frozenset(
    {
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "accept-encoding",
        "expect",
        "te",
        "trailer",
        "upgrade",
        "user-agent",
    }
)
RESERVED_PREFIXES = ("proxy-", "x-corgea-", "webhook-")


def read_headers(
    value: object, stored: Iterable[Header], complaints: FieldErrors
) -> tuple[Header, ...]:
    """The rows of a form. A row without a value keeps the `stored` one of the same name."""
    kept = {header.name.lower(): header for header in stored}
    found: dict[str, Header] = {}
    example = '[{"name": "Authorization", "value": "Bearer …"}]'
    for path, row in rows(value, "headers", complaints, example):
        header = _read_row(row, path, kept, complaints)
        if header is None:
            continue
        if header.name.lower() in found:
            complaints.add(f"{path}.name", f"{header.name} is given twice: give it once")
        found[header.name.lower()] = header
    if len(found) > _MOST_HEADERS:
        complaints.add("headers", f"are more than {_MOST_HEADERS}")
    return tuple(found.values())


def _read_row(
    row: object, path: str, kept: dict[str, Header], complaints: FieldErrors
) -> Header | None:
    if not isinstance(row, dict):
        complaints.add(path, 'must be an object with "name" and "value"')
        return None
    complaints.unknown_keys(row, Header.__struct_fields__, "key of a header", f"{path}.")
    name, value = row.get("name"), row.get("value")
    misnamed = name_problem(name)
    unfit = None if value is None else value_problem(value)
    for key, problem in (("name", misnamed), ("value", unfit)):
        if problem is not None:
            complaints.add(f"{path}.{key}", problem)
    if misnamed is not None or not isinstance(name, str):
        return None
    marked = switch(row.get("credential"), f"{path}.credential", complaints)
    if value is None:
        return _kept_row(name, row, path, kept.get(name.lower()), complaints)
    if unfit is not None or not isinstance(value, str):
        return Header(name, "", marked)
    return Header(name, value, marked or names_credential(name))


def _kept_row(
    name: str,
    row: dict[object, object],
    path: str,
    stored: Header | None,
    complaints: FieldErrors,
) -> Header:
    """A row that keeps its value. A credential stays one: else its value would become readable."""
    if stored is None:
        complaints.add(f"{path}.value", "is missing, and no value of that name is stored: give one")
        return Header(name, "")
    credential = is_credential(stored)
    if credential and row.get("credential") is False and not names_credential(name):
        complaints.add(
            f"{path}.credential", "stays a credential: to make the value readable, give a new value"
        )
    return Header(name, stored.value, credential or row.get("credential") is True)


def name_problem(name: object) -> str | None:
    """Why a header cannot have this name, or None."""
    if not isinstance(name, str) or not name:
        return "is missing: name the header"
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        return f"{quoted(name)} is not a header name: use letters, digits and -"
    lower = name.lower()
    if lower in RESERVED or lower.startswith(RESERVED_PREFIXES):
        return f"{name} is set by the delivery itself and cannot be chosen"
    return None


def value_problem(value: object) -> str | None:
    """Why a header cannot have this value, or None. The message does not quote it."""
    if not isinstance(value, str):
        return "must be a string"
    if is_masked(value):
        return "is the masked form: leave value out to keep the stored one, or give a new one"
    if not value:
        return "is empty: give a value or leave the header out"
    if len(value) > _LONGEST_VALUE:
        return f"is longer than {_LONGEST_VALUE} characters"
    if not _VALUE.fullmatch(value):
        return "may have only visible ASCII characters, with spaces between them"
    return None


_LONGEST_URL = 4096
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?#]*)[^#]*(?P<hash>#?).*"
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,61}[A-Za-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_LONGEST_HOST = 253
_HIGHEST_PORT = 65535


def read_url(value: object, complaints: FieldErrors) -> str:
    """The URL, byte for byte."""
    if not isinstance(value, str) or not value:
        complaints.add("url", "is missing: give the https:// address that receives the POST")
        return ""
    problem = url_problem(value)
    if problem:
        complaints.add("url", problem)
    return value


def url_problem(url: str) -> str | None:
    """Why `url` is not valid, or None. Checked at a save and before each attempt."""
    if len(url) > _LONGEST_URL:
        return f"is longer than {_LONGEST_URL} characters"
    return _character_problem(url) or _structure_problem(url)


def _character_problem(url: str) -> str | None:
    if "…" in url or MASK in url:
        return "is the shortened form that viewers see: give the full URL"
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
        return "is not a URL: write it in full, like https://example.com/hook"
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
        valid, kind = _is_ipv6(host[1:-1]), "IPv6 address"
    elif _NUMERIC.fullmatch(labels[-1]):
        valid, kind = _is_ipv4(host), "IPv4 address"
    else:
        valid = len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, labels))
        kind = "name of letters, digits, - and dots"
    return None if valid else f"has no valid host: {quoted(host)} is not a valid {kind}"


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
    return "%" not in host  # a zone has a meaning only on this host
