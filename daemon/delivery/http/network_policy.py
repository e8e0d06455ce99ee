"""The policies for the network and for addresses that may be dialled (architecture.md, Security).

There is no I/O here. The decision is about the address that will be dialled, after the name is
resolved, so neither a spelling of an address nor a name server can circumvent it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# These lists replace `ipaddress.is_global`, which is wrong about several of these ranges.
_CLOSED_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "168.63.129.16/32",
        ),
    )
)
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    map(
        IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
_METADATA_V4 = tuple(
    map(
        IPv4Network,
        ("169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
    )
)


_TRANSLATED = ("64:ff9b::", "64:ff9b:1::", "::ffff:0:0:0", "::")
"""Prefixes of 96 bits under which translators and old network stacks embed IPv4 addresses."""


def _translated(prefix: str, network: IPv4Network) -> IPv6Network:
    """The IPv6 range of `network` behind a gateway; allowing its prefix must not allow metadata."""
    address = int(IPv6Address(prefix)) | int(network.network_address)
    return IPv6Network((address, 96 + network.prefixlen))


def _through_6to4(network: IPv4Network) -> IPv6Network:
    """The 6to4 prefix of `network`."""
    prefix = int(IPv6Address("2002::"))
    return IPv6Network((prefix | int(network.network_address) << 80, 16 + network.prefixlen))


_METADATA: tuple[Network, ...] = (
    *_METADATA_V4,
    IPv6Network("fd00:ec2::254/128"),
    *(_translated(prefix, network) for prefix in _TRANSLATED for network in _METADATA_V4),
    *map(_through_6to4, _METADATA_V4),
)


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """The settings of the network (`[network]` in daemon.toml, interfaces.md).

    `allow`: addresses and ranges that may be dialled although they are not public.
    `ca_file`: PEM certificates that are trusted in addition to the system's.
    `loopback_ca`: the certificate authority of `listen` and `demo`, trusted for loopback only. The
    file need not exist yet.
    `proxy`: an `http://` or `https://` proxy for everything but loopback. The daemon then dials
    only the proxy, which must enforce the policy for other addresses. It may hold a password, so it
    is never displayed.
    `max_connections`: connections in use at once, in each process, beside the scheduler's limit.
    `processes`: how many worker processes send; None: as many as the load requires.
    """

    allow: tuple[str, ...] = ()
    ca_file: Path | None = None
    loopback_ca: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    max_connections: int = 256
    processes: int | None = 0


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Allows public addresses and those that `[network] allow` adds; cloud metadata never."""

    allow: tuple[Network, ...] = ()

    @classmethod
    def allowing(cls, ranges: Iterable[str]) -> "AddressPolicy":
        """Read `[network] allow`: addresses and CIDR ranges as text.

        Raises ValueError, which names the entry, for one that is neither or has host bits set.
        """
        return cls(tuple(map(ip_network, ranges)))

    def verdict(self, address: str) -> str | None:
        """Why `address` may not be dialled, for people; None when it may."""
        try:
            plain = _unmapped(address)
        except ValueError:
            return f"{address} is not an IP address"
        if (reason := _metadata(plain)) is not None:
            return reason
        if _is_public(plain) or _within(plain, self.allow):
            return None
        return f"{plain} is not a public address; open it with [network] allow"


def metadata_verdict(host: str) -> str | None:
    """Why a URL's `host` may not be requested through a proxy: it is an address of cloud metadata.

    Only the proxy resolves names, so a name is not checked here.
    """
    try:
        return _metadata(_unmapped(host))
    except ValueError:
        return None


def loopback_verdict(address: str) -> str | None:
    """Why `address` is not this machine's own, for people; None when it is."""
    try:
        plain = _unmapped(address)
    except ValueError:
        return f"{address} is not an IP address"
    return None if plain.is_loopback else f"{plain} is not a loopback address"


def _unmapped(address: str) -> Address:
    """The IPv4 address in an IPv6 address of `::ffff/96`, else the address itself."""
    plain = ip_address(address)
    if isinstance(plain, IPv6Address) and plain.ipv4_mapped is not None:
        return plain.ipv4_mapped
    return plain


def _metadata(address: Address) -> str | None:
    if _within(address, _METADATA):
        return f"{address} is an address of cloud metadata, which is never dialled"
    return None


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _within(address, _CLOSED_V4)
    return address in _OPEN_V6 and not _within(address, _CLOSED_V6)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    # For a network of the other family `in` is False; it does not raise.
    return any(address in network for network in networks)
