"""Splits a webhook's URL for a request, without changing a byte of its path and query.

Libraries quote paths and queries again, but some destinations sign them (rules.md §2). So the
request target is a part of the saved text; only scheme and authority are parsed.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import urlsplit

from daemon.delivery.http.errors import WireError
from daemon.domain.configuration.target import url_problem
from daemon.domain.deliveries.outcome import ErrorKind

_AUTHORITY_END = re.compile(r"[/?]")
_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes.

    `host` is the name or address that is looked up and named in messages, `authority` the value of
    the Host header, `target` the second word of the request line.
    """

    host: str
    port: int
    authority: bytes
    target: bytes


@lru_cache(maxsize=1024)  # the same few webhooks again and again, on the hot path
def parse_target(url: str) -> Target:
    """Split `url`. Raises WireError for a URL that a save would refuse (rules.md §2)."""
    if problem := url_problem(url):
        raise WireError(ErrorKind.BLOCKED, f"the URL {problem}")
    rest = url.partition("://")[2]
    cut = _AUTHORITY_END.search(rest)
    authority, target = (rest, "") if cut is None else (rest[: cut.start()], rest[cut.start() :])
    authority = authority.lower().removesuffix(f":{_HTTPS_PORT}")
    parts = urlsplit(f"https://{authority}")
    target = target if target.startswith("/") else f"/{target}"
    return Target(
        parts.hostname or "", parts.port or _HTTPS_PORT, authority.encode(), target.encode()
    )


@lru_cache(maxsize=1024)
def is_loopback_host(host: str) -> bool:
    """Whether a URL's host is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    name = host.rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return IPv6Address(name).is_loopback if ":" in name else IPv4Address(name).is_loopback
    except AddressValueError:
        return False
