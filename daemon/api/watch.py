"""The live stream: what changes, a line each, for ever (interfaces.md, `/v1/watch`)."""

import asyncio
from collections.abc import Iterator

from aiohttp import web

from daemon.api.call import Call
from daemon.api.filtering import wanted_changes
from daemon.api.health import Figures, daemon_info, figures
from daemon.api.lists import whole_number
from daemon.api.problems import bad_parameters
from daemon.api.routes import Answer, Parameter, Route
from daemon.api.shapes import settled
from daemon.changes import Subscription, Wants, line_of
from daemon.refusal import Refusal
from daemon.shown import delivery_shown, event_shown, webhook_shown
from daemon.store.queries.catch_up import Missed, missed
from daemon.wire import Change, FieldProblem

NDJSON = "application/x-ndjson"
QUIET = 5.0
"""Seconds of silence after which a blank line says that the stream lives."""
LOOK = 1.0
"""Seconds between looks at the daemon's own figures."""
_SEQ_MAX = 10**12 - 1
_AT_ONCE = 500


async def watch(call: Call) -> web.StreamResponse:
    """Stream changes until the peer goes."""
    since = _since(call)
    wants = wanted_changes(call)
    # Before the answer begins: whoever sees it begin may rely on missing nothing from then on.
    subscription = call.parts.changes.subscribe(wants, urls=call.caller.sees_urls)
    connection = call.connection
    connection.when_over(subscription.wake)
    connection.watching = connection.patient = True
    try:
        response = web.StreamResponse(headers={"Content-Type": NDJSON})
        await response.prepare(call.request)
        await _Stream(call, response, subscription).run(since, wants)
        return response
    finally:
        connection.watching = connection.patient = False
        subscription.close()


class _Stream:
    """One watcher's stream."""

    def __init__(
        self, call: Call, response: web.StreamResponse, subscription: Subscription
    ) -> None:
        self._call = call
        self._response = response
        self._subscription = subscription
        self._time = asyncio.get_running_loop().time
        self._written = self._time()
        self._looked = float("-inf")
        self._figures: Figures | None = None
        self._have = 0

    async def run(self, since: int | None, wants: Wants) -> None:
        """Write until the peer goes, the daemon stops, or the caller may no longer read."""
        if since is not None:
            await self._catch_up(since, wants)
        while not self._call.connection.over and await self._may_read():
            await self._write(self._subscription.take(self._have))
            await self._tell_of_daemon()
            if self._time() - self._written >= QUIET:
                await self._write([b"\n"])
            await self._subscription.news(LOOK)

    async def _may_read(self) -> bool:
        try:
            caller = await self._call.access.caller(self._call.connection.peer)
        except Refusal:
            return False
        return caller.role == self._call.caller.role

    async def _write(self, lines: list[bytes]) -> None:
        if lines:
            self._written = self._time()
            await self._response.write(b"".join(lines))

    async def _tell_of_daemon(self) -> None:
        """Send the daemon's figures when they changed; their `seq` is where this stream stands."""
        now = self._time()
        if now - self._looked < LOOK:
            return
        self._looked = now
        found = figures(self._call.parts)
        if found != self._figures:
            self._figures = found
            seq = self._subscription.position
            info = await daemon_info(self._call.parts, self._call.caller, seq)
            await self._write([line_of(seq, "daemon", info)])

    async def _catch_up(self, since: int, wants: Wants) -> None:
        """Send what changed after `since` from the store, or a gap when that is too much."""
        found = await self._call.parts.readers.run(lambda db: missed(db, since))
        self._have = found.seq
        if not isinstance(found, Missed):
            await self._write([line_of(found.seq, "gap", {})])
            return
        await settled(self._call.parts.registry, [record for _, record in found.deliveries])
        lines: list[bytes] = []
        for change in sorted(self._changes(found), key=lambda change: change.seq):
            if wants(change.type, change.data):
                lines.append(line_of(change.seq, change.type, change.data))
            if len(lines) == _AT_ONCE:
                await self._write(lines)
                lines = []
                await asyncio.sleep(0)
        await self._write(lines)

    def _changes(self, found: Missed) -> Iterator[Change]:
        registry, urls = self._call.parts.registry, self._call.caller.sees_urls
        settings = self._call.parts.settings().delivery
        for seq, record in found.deliveries:
            yield Change(seq, "delivery", delivery_shown(record, registry, urls=urls))
        for seq, event in found.events:
            yield Change(seq, "event", event_shown(event))
        for seq, row in found.webhooks:
            shown = webhook_shown(registry.by_row(row), settings, urls=urls)
            yield Change(seq, "webhook", shown)
        for seq, job in found.jobs:
            yield Change(seq, "job", job)


def _since(call: Call) -> int | None:
    text = call.query.get("since")
    if text is None:
        return None
    errors: list[FieldProblem] = []
    since = whole_number(text, "since", 0, _SEQ_MAX, errors)
    if since is None:
        raise bad_parameters(errors)
    return since


ROUTES = (
    Route(
        "GET",
        "/v1/watch",
        "viewer",
        watch,
        "What changes, a line of JSON each, for ever",
        (Answer(200, "Lines, and a blank one every 5 s when idle", Change, NDJSON),),
        (
            Parameter(
                "since",
                "Go on after this change; without: from now",
                {"type": "integer", "minimum": 0},
            ),
            Parameter("filter", "Deliveries and events that match, in the filter language"),
        ),
    ),
)
