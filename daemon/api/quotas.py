"""Limits of open connections and requests a second for each user, and of memory for bodies."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from daemon.api.problems import over_quota
from daemon.protocol.refusal import unavailable

BODIES_MOST = 128 * 1024 * 1024
"""Bytes: room for eight of the largest requests."""


@dataclass(frozen=True)
class Quotas:
    """The limits for each user id."""

    connections: int = 64
    own_connections: int = 512
    """For the daemon's own user and root, who may run many programs."""
    requests_a_second: float = 2_000
    """The daemon's own user and root have no such limit. One second's requests may be a burst."""


@dataclass
class _Bucket:
    left: float
    filled_at: float


class BodyBudget:
    """How many bytes of bodies may be in memory at once, over all users."""

    def __init__(self, most: int = BODIES_MOST) -> None:
        self._left = most

    def reserve(self, size: int) -> None:
        """Count received bytes; Refusal (503) when they are too many."""
        if size > self._left:
            raise unavailable(
                "too many large requests at once; nothing was accepted, send it again", 2
            )
        self._left -= size

    def release(self, size: int) -> None:
        """Release bytes that are no longer in memory."""
        self._left += size


class QuotaUsage:
    """The open connections and recent requests of each user."""

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
        """Count a new connection. False when it exceeds the quota: its requests are refused."""
        self._connections[uid] += 1
        return self._connections[uid] <= self._most(uid)

    def closed(self, uid: int) -> None:
        """Count a connection that was closed."""
        self._connections[uid] -= 1
        if not self._connections[uid]:
            del self._connections[uid]

    def flooded(self, uid: int) -> bool:
        """Whether a user has so many connections open that new ones are closed unanswered."""
        return self._connections[uid] > 2 * self._most(uid)

    def refuse_connection(self, uid: int) -> None:
        """Raise the refusal (429) for a connection that is one too many."""
        raise over_quota(
            f"user {uid} has {self._most(uid)} connections open, as many as a user may have;"
            " close some, or send more requests over one"
        )

    def count_request(self, uid: int) -> None:
        """Count a request; Refusal (429) when there were too many in the last second."""
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
