"""The daemon as a whole: about itself, its log, its peers, the audit, stopping, backups."""

from pathlib import Path

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.connection import ServerConnection
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.filtering import filter_parameters, plain_facts, read_plain
from daemon.api.health import daemon_info
from daemon.api.lists import PAGING, cut, page_answer
from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilteredList
from daemon.protocol import BackupRequest, BackupWritten, DaemonInfo, FieldProblem, Page, Peer
from daemon.protocol.refusal import Refusal, invalid
from daemon.store.queries.cursors import CursorPosition


async def show_daemon(call: Call) -> web.Response:
    """Everything about the daemon."""
    parts = call.parts
    return json_answer(await daemon_info(parts, call.caller, parts.changes.seq))


async def show_log(call: Call) -> web.Response:
    """The last lines of the log, newest first."""
    parts = call.parts
    wanted, passes = read_plain(call, FilteredList.LOG)
    lines = [
        (CursorPosition(0, number), line)
        for number, line in parts.log.numbered()
        if passes(plain_facts(f"{line.level}\n{line.logger}\n{line.message}", at=line.at))
    ]
    page, following = cut(lines, wanted.after, wanted.limit)
    return page_answer(page, following, len(lines), parts.changes.seq)


async def show_peers(call: Call) -> web.Response:
    """Who is connected, newest first."""
    wanted, passes = read_plain(call, FilteredList.PEERS)
    peers = [
        (CursorPosition(connection.since_ms, connection.number), peer)
        for connection in call.connections()
        if (peer := await _peer(call, connection)) is not None
        and passes(plain_facts(f"{peer.login}\n{peer.role}\n{peer.socket}"))
    ]
    page, following = cut(peers, wanted.after, wanted.limit)
    return page_answer(page, following, len(peers), call.parts.changes.seq)


async def stop_daemon(call: Call) -> web.Response:
    """Begin to stop: what is on the wire is finished first."""
    await call.no_body()
    await call.parts.operation.stop(call.caller)
    return json_answer({"stopping": True}, 202)


async def backup_store(call: Call) -> web.Response:
    """Write a copy of the store to a file."""
    wanted = await call.struct(BackupRequest)
    path = Path(wanted.path)
    if not path.is_absolute() or "\0" in wanted.path:
        raise invalid(
            [FieldProblem("path", "must be absolute: it is a place on the daemon's machine")]
        )
    size = await call.parts.operation.backup(path, call.caller)
    return json_answer(BackupWritten(str(path), size))


async def _peer(call: Call, connection: ServerConnection) -> Peer | None:
    """A connection as it is shown; None for one that has no role here."""
    try:
        caller = await call.access.caller(connection.peer)
    except Refusal:
        return None
    return Peer(
        login=caller.login,
        uid=caller.uid,
        pid=caller.pid,
        role=caller.role,
        socket=connection.socket_name,
        since=from_ms(connection.since_ms),
        requests=connection.requests,
        watching=connection.watching,
    )


ROUTES = (
    Endpoint(
        "GET",
        "/v1/daemon",
        "viewer",
        show_daemon,
        "The daemon about itself, and the caller's role",
        (ResponseSpec(200, "Everything about the daemon", DaemonInfo),),
    ),
    Endpoint(
        "GET",
        "/v1/log",
        "viewer",
        show_log,
        "The last lines of the log, newest first",
        (ResponseSpec(200, "A page of lines", Page),),
        (*filter_parameters(FilteredList.LOG), *PAGING),
    ),
    Endpoint(
        "GET",
        "/v1/peers",
        "viewer",
        show_peers,
        "Who is connected, newest first",
        (ResponseSpec(200, "A page of peers", Page),),
        (*filter_parameters(FilteredList.PEERS), *PAGING),
    ),
    Endpoint(
        "POST",
        "/v1/daemon/stop",
        "admin",
        stop_daemon,
        "Finish what is on the wire, then stop",
        (ResponseSpec(202, "The daemon stops"),),
    ),
    Endpoint(
        "POST",
        "/v1/daemon/backup",
        "admin",
        backup_store,
        "Write a copy of the store to a file that is not there yet",
        (ResponseSpec(200, "The file and its size", BackupWritten),),
        body=BackupRequest,
    ),
)
