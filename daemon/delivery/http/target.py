"""Where a delivery goes: a webhook's URL taken apart without changing a byte of it.

httpx and yarl both re-quote paths and queries, and some destinations sign theirs (rules.md §2), so
the request target is cut out of the saved text; only scheme and authority are interpreted.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx

from daemon.delivery.http.errors import WireError
from daemon.domain.configuration.fields.url import url_problem
from daemon.domain.deliveries.outcome import ErrorKind

_AUTHORITY_END = re.compile(r"[/?]")
_HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to connect to, and what the request says of it.

    `host` is the name or address as it is looked up and shown, `authority` what stands in the Host
    header, `target` what stands in the request line.
    """

    host: str
    port: int
    authority: bytes
    target: bytes

    @classmethod
    def at(cls, origin: httpx.URL, target: bytes) -> "Target":
        """`target` on the server of `origin`."""
        host = origin.raw_host.decode("ascii")
        return cls(host, origin.port or _HTTPS_PORT, origin.netloc, target)


@lru_cache(maxsize=1024)  # the same few webhooks again and again, on the hot path
def parse_target(url: str) -> Target:
    """Take `url` apart. Raises WireError for what is refused at save, too (rules.md §2)."""
    if problem := url_problem(url):
        raise WireError(ErrorKind.BLOCKED, f"the URL {problem}")
    rest = url.partition("://")[2]
    cut = _AUTHORITY_END.search(rest)
    authority, target = (rest, "") if cut is None else (rest[: cut.start()], rest[cut.start() :])
    origin = httpx.URL(f"https://{authority.lower()}/")
    return Target.at(origin, (target if target.startswith("/") else f"/{target}").encode())


@lru_cache(maxsize=1024)
def is_loopback_host(host: str) -> bool:
    """Whether a URL's host stands for this very machine: `localhost`, 127.0.0.0/8 or ::1."""
    name = host.rstrip(".").lower()
    if name == "localhost":
        return True
    try:
        return IPv6Address(name).is_loopback if ":" in name else IPv4Address(name).is_loopback
    except AddressValueError:
        return False
