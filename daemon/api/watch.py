"""The live stream: what changes, a line each, for ever (interfaces.md, `/v1/watch`)."""

import asyncio
from functools import partial
from typing import Any

from aiohttp import web

from daemon.api.call import Call
from daemon.api.endpoint import Endpoint, Parameter, ResponseSpec
from daemon.api.filtering import filter_of, wanted_changes
from daemon.api.health import daemon_info
from daemon.api.lists import whole_number
from daemon.api.problems import bad_parameters
from daemon.domain.filters.parser import Filter
from daemon.protocol import Change, ChangeType, FieldProblem
from daemon.protocol.refusal import Refusal
from daemon.services.change_stream import (
    ChangeBatch,
    ChangeFilter,
    ChangeSubscription,
    PublishedChange,
    line_of,
    same_view,
)
from daemon.services.presenters import present_delivery, present_event, present_webhook
from daemon.store.queries.catch_up import ChangePosition, Missed, found_at, missed
from daemon.store.queries.filter_sql import holding_text

NDJSON = "application/x-ndjson"
QUIET = 5.0
"""Seconds of silence after which a blank line says that the stream lives."""
_SEQ_MAX = 10**12 - 1
_AT_ONCE = 500


async def watch(call: Call) -> web.StreamResponse:
    """Stream changes until the peer goes."""
    since = _since(call)
    wanted = filter_of(call)
    wants = wanted_changes(wanted)
    # Before the answer begins: whoever sees it begin may rely on missing nothing from then on.
    subscription = call.parts.changes.subscribe(wants, urls=call.caller.sees_urls)
    connection = call.connection
    connection.patient = True
    connection.watch(subscription.wake)
    try:
        response = web.StreamResponse(headers={"Content-Type": NDJSON})
        await response.prepare(call.request)
        await _Stream(call, response, subscription, wanted).run(since, wants)
        return response
    finally:
        connection.patient = False
        connection.watch(None)
        subscription.close()


class _Stream:
    """One watcher's stream."""

    def __init__(
        self,
        call: Call,
        response: web.StreamResponse,
        subscription: ChangeSubscription,
        wanted: Filter,
    ) -> None:
        self._call = call
        self._parts = call.parts
        self._urls = call.caller.sees_urls
        self._response = response
        self._subscription = subscription
        self._wanted = wanted
        self._time = asyncio.get_running_loop().time
        self._written = self._time()
        self._beat = -1
        self._have = 0

    async def run(self, since: int | None, wants: ChangeFilter | None) -> None:
        """Write until the peer goes, the daemon stops, or the caller may no longer read."""
        if since is not None:
            await self._catch_up(since, wants)
        while not self._call.connection.over and await self._call.may_go_on():
            taken = self._subscription.take(self._have)
            if taken is None:
                await self._write(line_of(self._subscription.position, "gap", {}))
            else:
                await self._send(taken)
            await self._tell_of_daemon()
            silent = self._time() - self._written
            if silent >= QUIET:
                await self._write(b"\n")
                silent = 0.0
            await self._subscription.wait(QUIET - silent)

    async def _send(self, changes: ChangeBatch) -> None:
        """Write changes, of those with free text to look for only the ones that have it."""
        if changes and self._wanted.has_words:
            changes = await self._saying(changes)
        await self._write(changes.lines(self._urls))

    async def _saying(self, changes: ChangeBatch) -> ChangeBatch:
        ids: dict[ChangeType, list[str]] = {"delivery": [], "event": []}
        for change in changes:
            ids[change.type].append(change.id)
        holding = await self._parts.readers.run(
            lambda db: holding_text(db, self._wanted, ids["delivery"], ids["event"])
        )
        return changes.only(lambda change: change.id in holding)

    async def _write(self, lines: bytes) -> None:
        if lines:
            self._written = self._time()
            await self._response.write(lines)

    async def _tell_of_daemon(self) -> None:
        """Send the daemon's figures when they changed; their `seq` is where this stream stands.

        Not in a filtered stream, which has what matches in it and nothing else.
        """
        beat = self._call.pulse.beat
        if beat == self._beat or self._wanted:
            return
        self._beat = beat
        seq = self._subscription.position
        info = await daemon_info(self._parts, self._call.caller, seq)
        await self._write(line_of(seq, "daemon", info))

    async def _catch_up(self, since: int, wants: ChangeFilter | None) -> None:
        """Send what changed after `since` from the store, or a gap when that is too much."""
        found = await self._parts.readers.run(lambda db: missed(db, since))
        self._have = found.seq
        if not isinstance(found, Missed) or not await self._is_reached(found.seq):
            await self._write(line_of(found.seq, "gap", {}))
            return
        for start in range(0, len(found.places), _AT_ONCE):
            positions = found.places[start : start + _AT_ONCE]
            read = partial(found_at, places=positions)
            changes = [self._change(*each) for each in await self._parts.readers.run(read)]
            batch = ChangeBatch({each.key: each for each in changes})
            await self._send(batch.filtered(wants, urls=self._urls))

    async def _is_reached(self, seq: int) -> bool:
        """Whether all up to `seq` has been handled; the answer has begun, so a refusal is a gap."""
        try:
            await self._parts.changes.reached(seq)
        except Refusal:
            return False
        return True

    def _change(self, position: ChangePosition, found: Any) -> PublishedChange:
        """What stands at a position of the store, as it would have been published."""
        registry, settings = self._parts.registry, self._parts.settings().delivery
        view: Any
        if position.type == "delivery":
            id_, view = found.uid, present_delivery(found, registry, urls=self._urls)
        elif position.type == "event":
            id_, view = found.event_id, present_event(found)
        elif position.type == "webhook":
            entry = registry.by_row(position.row)
            id_, view = entry.uid, present_webhook(entry, settings, urls=self._urls)
        else:
            id_, view = found.id, found
        return PublishedChange(position.seq, position.type, id_, same_view, view)


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
    Endpoint(
        "GET",
        "/v1/watch",
        "viewer",
        watch,
        "What changes, a line of JSON each, for ever",
        (ResponseSpec(200, "Lines, and a blank one every 5 s when idle", Change, NDJSON),),
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
