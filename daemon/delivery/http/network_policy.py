"""What of the settings the wire goes by (`[network]` in daemon.toml, interfaces.md)."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """How the network may be used.

    `allow`: addresses and ranges that may be dialled although they are not public.
    `ca_file`: PEM certificates trusted beside the system's.
    `loopback_ca`: the certificate authority of `listen` and `demo`, trusted for loopback only. The
    file need not exist yet.
    `proxy`: an `http://` or `https://` proxy that all but loopback goes through; the guard then
    sees only the proxy's address, and the proxy must enforce. May hold a password: never shown.
    `max_connections`: on the wire at once, a bound behind the dispatcher's own; in each process.
    `processes`: how many processes send (daemon.senders); None: as many as the load asks for.
    """

    allow: tuple[str, ...] = ()
    ca_file: Path | None = None
    loopback_ca: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    max_connections: int = 256
    processes: int | None = 0
