"""How much of the daemon one user may hold or ask for, so that others get their share."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from daemon.api.problems import over_quota
from daemon.protocol.refusal import unavailable

BODIES_MOST = 128 * 1024 * 1024
"""Eight of the largest requests."""


@dataclass(frozen=True)
class Quotas:
    """The limits for each user id."""

    connections: int = 64
    own_connections: int = 512
    """For the daemon's own user and root, whose programs may be many."""
    requests_a_second: float = 2_000
    """Not for the daemon's own user and root. A second's worth may come at once."""


@dataclass
class _Bucket:
    left: float
    filled_at: float


class BodyBudget:
    """How many bytes of requests may be in memory at once, whoever sent them."""

    def __init__(self, most: int = BODIES_MOST) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Count bytes that have come in; Refusal (503) when there are too many already."""
        if size > self._left:
            raise unavailable("too many large requests at once; nothing was accepted", 2)
        self._left -= size

    def give(self, size: int) -> None:
        """These bytes are done with."""
        self._left += size


class QuotaUsage:
    """What each user holds and asks for right now."""

    def __init__(
        self,
        quotas: Quotas,
        is_own: Callable[[int], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quotas = quotas
        self._is_own = is_own
        self._clock = clock
        self._connections: Counter[int] = Counter()
        self._buckets: dict[int, _Bucket] = {}

    def opened(self, uid: int) -> bool:
        """Count a new connection; False: one too many, it gets one answer that says so."""
        self._connections[uid] += 1
        return self._connections[uid] <= self._most(uid)

    def closed(self, uid: int) -> None:
        """A connection is gone."""
        self._connections[uid] -= 1
        if not self._connections[uid]:
            del self._connections[uid]

    def flooded(self, uid: int) -> bool:
        """Whether a user holds so many that further ones are not even answered."""
        return self._connections[uid] > 2 * self._most(uid)

    def refuse_connection(self, uid: int) -> None:
        """Raise the refusal for a connection that was one too many."""
        raise over_quota(
            f"user {uid} has {self._most(uid)} connections open, which is as many as one may have;"
            " close some or use them again"
        )

    def ask(self, uid: int) -> None:
        """Count a request; Refusal (429) when there were too many lately."""
        if self._is_own(uid):
            return
        rate, now = self._quotas.requests_a_second, self._clock()
        bucket = self._buckets.setdefault(uid, _Bucket(rate, now))
        bucket.left = min(rate, bucket.left + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.left < 1:
            raise over_quota(
                f"user {uid} makes more than {rate:g} requests a second; send many events in one"
                " request as application/x-ndjson"
            )
        bucket.left -= 1

    def _most(self, uid: int) -> int:
        return self._quotas.own_connections if self._is_own(uid) else self._quotas.connections
