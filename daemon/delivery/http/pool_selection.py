"""Chooses the connection pool of a request: the public one, or the one for loopback.

The certificate authority of `listen` and `demo` is trusted for loopback only (architecture.md,
Security). So loopback has a pool of its own, which connects to no other address.
"""

import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from daemon.delivery.http.connection_pool import ConnectionPool
from daemon.delivery.http.network_policy import AddressPolicy, NetworkPolicy, loopback_verdict
from daemon.delivery.http.resolver import Lookup, Resolver
from daemon.delivery.http.target import is_loopback_host
from daemon.delivery.http.tls import CaFileError, make_context
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

LOOK = 0.01
"""Seconds between checks whether the certificates of `listen` have changed. A check for each
attempt took a twentieth of the time of a busy daemon."""

_Stamp = tuple[int, int, int]


class PoolSelection:
    """The pools under the settings in effect. Belongs to the running event loop."""

    def __init__(self, policy: NetworkPolicy, lookup: Lookup) -> None:
        self._resolver = Resolver(lookup)
        self._tasks = Tasks()
        self._open: set[ConnectionPool] = set()
        self._policy = policy
        self._ca_stamp = _stamp(policy.ca_file)
        self._addresses = AddressPolicy.allowing(policy.allow)
        self._public = self._public_pool(policy, self._addresses)
        self._loopback: ConnectionPool | None = None
        self._loopback_stamp: _Stamp | None = None
        self._next_check = 0.0

    def choose(self, host: str) -> ConnectionPool:
        """The pool for a URL's host, with the certificates that exist now."""
        return self._loopback_pool() if is_loopback_host(host) else self._public

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Use `policy` from the next request on; exchanges that have begun keep the old one.

        Equal settings count as changed when the certificate file has changed. Raises ValueError,
        and changes nothing, for an unusable certificate file, range or proxy.
        """
        ca_stamp = _stamp(policy.ca_file)
        if policy == self._policy and ca_stamp == self._ca_stamp:
            return
        addresses = AddressPolicy.allowing(policy.allow)
        public = self._public_pool(policy, addresses)
        retired = self._public, self._loopback
        self._policy, self._addresses, self._ca_stamp = policy, addresses, ca_stamp
        self._public, self._loopback = public, None
        for pool in retired:
            self._retire(pool)

    async def close(self) -> None:
        """Close every connection, those in use too."""
        for pool in tuple(self._open):
            await pool.close()
        await self._tasks.close()

    def _public_pool(self, policy: NetworkPolicy, addresses: AddressPolicy) -> ConnectionPool:
        context = make_context(*_given(policy.ca_file))
        return self._pool(context, addresses.verdict, policy, policy.proxy)

    def _loopback_pool(self) -> ConnectionPool:
        """Checks the file repeatedly, as the first `listen` creates it while the daemon runs."""
        now = monotonic()
        if self._loopback is not None and now < self._next_check:
            return self._loopback
        self._next_check = now + LOOK
        stamp = _stamp(self._policy.loopback_ca)
        if self._loopback is None or stamp != self._loopback_stamp:
            self._retire(self._loopback)
            self._loopback_stamp = stamp
            self._loopback = self._make_loopback_pool(trusted=stamp is not None)
        return self._loopback

    def _make_loopback_pool(self, *, trusted: bool) -> ConnectionPool:
        addresses = self._addresses

        def verdict(address: str) -> str | None:
            return addresses.verdict(address) or loopback_verdict(address)

        # Never through a proxy: its loopback may be another machine.
        return self._pool(self._loopback_context(trusted=trusted), verdict, self._policy, None)

    def _loopback_context(self, *, trusted: bool) -> ssl.SSLContext:
        own = _given(self._policy.ca_file)
        if trusted:
            try:
                return make_context(*own, *_given(self._policy.loopback_ca))
            except CaFileError as error:
                log.warning("local receivers are not trusted: %s", error)
        return make_context(*own)

    def _pool(
        self,
        context: ssl.SSLContext,
        verdict: Callable[[str], str | None],
        policy: NetworkPolicy,
        proxy: str | None,
    ) -> ConnectionPool:
        limit = policy.max_connections
        pool = ConnectionPool(context, verdict, self._resolver, limit=limit, proxy=proxy)
        self._open.add(pool)
        return pool

    def _retire(self, pool: ConnectionPool | None) -> None:
        if pool is not None:
            pool.retire(lambda: self._tasks.spawn(self._end(pool), "closing connections"))

    async def _end(self, pool: ConnectionPool) -> None:
        await pool.close()
        self._open.discard(pool)


def _given(path: Path | None) -> tuple[Path, ...]:
    return () if path is None else (path,)


def _stamp(path: Path | None) -> _Stamp | None:
    """Modification time, size and inode of a file; None without a file."""
    if path is None:
        return None
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
