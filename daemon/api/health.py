"""The daemon about itself, as `/v1/daemon` answers it and `/v1/watch` streams it."""

import os

import msgspec

from daemon import __version__
from daemon.api.parts import Parts
from daemon.domain.events.timestamps import from_ms
from daemon.protocol import API_MAX, API_MIN, ApiRange, DaemonInfo
from daemon.protocol.caller import Caller
from daemon.store.queries.health import store_info

Figures = tuple[object, ...]


async def daemon_info(parts: Parts, caller: Caller, seq: int) -> DaemonInfo:
    """Everything there is to say, to this caller, as of change `seq`."""
    identity, settings = parts.identity, parts.settings()
    path, problem = identity.database, parts.operation.problem()
    return DaemonInfo(
        version=__version__,
        api=ApiRange(API_MIN, API_MAX),
        instance_id=identity.instance_id,
        pid=os.getpid(),
        started_at=from_ms(identity.started_ms),
        uptime_ms=max(0, parts.clock.now_ms() - identity.started_ms),
        role=caller.role,
        login=caller.login,
        queues=parts.operation.queues(),
        store=await parts.readers.run(lambda db: store_info(db, path, problem)),
        settings=parts.settings_shown(settings),
        settings_changed=parts.settings_changed(settings),
        settings_errors=list(parts.setting_problems()),
        home=str(identity.home),
        seq=seq,
    )


def figures(parts: Parts) -> Figures:
    """What makes the daemon worth showing again when it changes; cheap to ask for."""
    return (
        msgspec.structs.astuple(parts.operation.queues()),
        parts.settings(),
        tuple(parts.setting_problems()),
        parts.operation.problem(),
    )
