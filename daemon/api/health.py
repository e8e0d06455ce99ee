"""The daemon about itself, as `/v1/daemon` answers it and `/v1/watch` streams it."""

import os
from collections.abc import Callable

import msgspec

from daemon import __version__
from daemon.api.parts import Parts
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import API_MAX, API_MIN, ApiRange, DaemonInfo
from daemon.protocol.caller import Caller
from daemon.store.queries.health import store_info


async def daemon_info(parts: Parts, caller: Caller, seq: int) -> DaemonInfo:
    """Version, queues, store and settings, for this caller, as of change `seq`."""
    identity, settings = parts.identity, parts.settings()
    path, problem = identity.database, parts.control.problem()
    return DaemonInfo(
        version=__version__,
        api=ApiRange(API_MIN, API_MAX),
        instance_id=identity.instance_id,
        pid=os.getpid(),
        started_at=from_ms(identity.started_ms),
        uptime_ms=max(0, parts.clock.now_ms() - identity.started_ms),
        role=caller.role,
        login=caller.login,
        queues=parts.control.queues(),
        store=await parts.readers.run(lambda db: store_info(db, path, problem)),
        settings=parts.public_settings(settings),
        settings_changed=parts.settings_changed(settings),
        settings_errors=list(parts.setting_problems()),
        home=str(identity.home),
        seq=seq,
    )


class Pulse:
    """Notices when the daemon's own figures have changed, once for all watchers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._last: tuple[object, ...] | None = None
        self.beat = 0
        """How often the figures have changed."""

    def check(self, wake: Callable[[], None]) -> None:
        """Compare the figures with the last ones; when they differ, count and call `wake`."""
        figures = self._figures()
        if figures != self._last:
            self._last = figures
            self.beat += 1
            wake()

    def _figures(self) -> tuple[object, ...]:
        """The figures of `DaemonInfo` whose change is sent to watchers; cheap to read."""
        parts = self._parts
        return (
            msgspec.structs.astuple(parts.control.queues()),
            parts.settings(),
            tuple(parts.setting_problems()),
            parts.control.problem(),
        )
