"""The daemon itself: its state, log, peers and audit trail, stopping it, backups."""

from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.connection import ServerConnection
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.health import daemon_info
from daemon.api.lists import (
    StoredPage,
    cut_page,
    facts_of,
    list_parameters,
    page_answer,
    read_list_query,
)
from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.predicate import predicate
from daemon.domain.webhooks.masking import mask_url
from daemon.protocol import (
    AuditEntry,
    BackupRequest,
    BackupWritten,
    DaemonInfo,
    FieldProblem,
    Page,
    Peer,
)
from daemon.protocol.refusal import Refusal, invalid
from daemon.store.database import Database, last_seq
from daemon.store.queries import audit
from daemon.store.queries.cursors import CursorPosition


async def show_daemon(call: Call) -> web.Response:
    """Version, queues, store and settings."""
    parts = call.parts
    return json_answer(await daemon_info(parts, call.caller, parts.changes.seq))


async def show_log(call: Call) -> web.Response:
    """The last lines of the log, newest first."""
    parts = call.parts
    query = read_list_query(call, FilteredList.LOG)
    passes = predicate(query.filter)
    lines = [
        (CursorPosition(0, number), line)
        for number, line in parts.log.numbered()
        if passes(facts_of(f"{line.level}\n{line.logger}\n{line.message}", at=line.at))
    ]
    page, following = cut_page(lines, query)
    return page_answer(page, following, len(lines), parts.changes.seq)


async def show_peers(call: Call) -> web.Response:
    """Connected peers, newest first."""
    query = read_list_query(call, FilteredList.PEERS)
    passes = predicate(query.filter)
    peers = [
        (CursorPosition(connection.since_ms, connection.number), peer)
        for connection in call.connections()
        if (peer := await _peer(call, connection)) is not None
        and passes(facts_of(f"{peer.login}\n{peer.role}\n{peer.socket}"))
    ]
    page, following = cut_page(peers, query)
    return page_answer(page, following, len(peers), call.parts.changes.seq)


async def list_audit(call: Call) -> web.Response:
    """The audit trail, newest first (rules.md §5)."""
    query = read_list_query(call, FilteredList.AUDIT)
    before = None if query.after is None else query.after.row

    def read(db: Database) -> StoredPage[AuditEntry]:
        items, following = audit.entries(db, query.filter, before, query.limit)
        after = None if following is None else CursorPosition(0, following)
        return StoredPage(items, after, audit.total(db, query.filter), last_seq(db))

    found = await call.parts.readers.run(read)
    items = found.items if call.caller.sees_urls else list(map(_masked, found.items))
    return page_answer(items, found.next, found.total, found.seq)


async def stop_daemon(call: Call) -> web.Response:
    """Begin to stop: attempts that are in flight are finished first."""
    await call.no_body()
    await call.parts.control.stop(call.caller)
    return json_answer({"stopping": True}, 202)


async def backup_store(call: Call) -> web.Response:
    """Write a copy of the store to a file."""
    request = await call.struct(BackupRequest)
    path = Path(request.path)
    if not path.is_absolute() or "\0" in request.path:
        raise invalid([FieldProblem("path", "must be an absolute path on the daemon's machine")])
    size = await call.parts.control.backup(path, call.caller)
    return json_answer(BackupWritten(str(path), size))


def _masked(entry: AuditEntry) -> AuditEntry:
    return msgspec.structs.replace(
        entry, before=_without_urls(entry.before), after=_without_urls(entry.after)
    )


def _without_urls(value: Any) -> Any:
    """The same JSON with every `url` in it masked, for viewers (rules.md §2)."""
    if isinstance(value, list):
        return [_without_urls(item) for item in value]
    if isinstance(value, dict):
        return {
            key: mask_url(item) if key == "url" and isinstance(item, str) else _without_urls(item)
            for key, item in value.items()
        }
    return value


async def _peer(call: Call, connection: ServerConnection) -> Peer | None:
    """A connection as a peer; None when its user has no role here."""
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


ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/daemon",
        "viewer",
        show_daemon,
        "The daemon's state, and the caller's role",
        (ResponseSpec(200, "The state of the daemon", DaemonInfo),),
    ),
    Endpoint(
        "GET",
        "/v1/log",
        "viewer",
        show_log,
        "The last lines of the log, newest first",
        (ResponseSpec(200, "A page of lines", Page),),
        list_parameters(FilteredList.LOG),
    ),
    Endpoint(
        "GET",
        "/v1/peers",
        "viewer",
        show_peers,
        "Connected peers, newest first",
        (ResponseSpec(200, "A page of peers", Page),),
        list_parameters(FilteredList.PEERS),
    ),
    Endpoint(
        "GET",
        "/v1/audit",
        "viewer",
        list_audit,
        "The audit trail, newest first; `webhook` is the id or name acted on",
        (ResponseSpec(200, "A page of entries", Page),),
        list_parameters(FilteredList.AUDIT),
    ),
    Endpoint(
        "POST",
        "/v1/daemon/stop",
        "admin",
        stop_daemon,
        "Finish the attempts that are in flight, then stop",
        (ResponseSpec(202, "The daemon stops"),),
    ),
    Endpoint(
        "POST",
        "/v1/daemon/backup",
        "admin",
        backup_store,
        "Write a copy of the store to a new file",
        (ResponseSpec(200, "The file and its size", BackupWritten),),
        body=BackupRequest,
    ),
)
