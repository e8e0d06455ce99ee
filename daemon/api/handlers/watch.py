"""`GET /v1/watch`: what changes, a line of JSON each, for ever (interfaces.md, `/v1/watch`).

The stream itself, with merging and gaps, is `daemon.services.change_stream`; here a watcher's
filter, its catching up with what it missed, and its connection.
"""

import asyncio
from functools import partial
from typing import Any

from aiohttp import web

from daemon.api.call import Call
from daemon.api.endpoint import Endpoint, Parameter, ResponseSpec
from daemon.api.health import daemon_info
from daemon.api.lists import filter_of, whole_number
from daemon.api.problems import bad_parameters
from daemon.domain.filters.keys import FilteredList, keys_of
from daemon.domain.filters.parser import Filter
from daemon.domain.filters.predicate import predicate
from daemon.protocol import Change, ChangeType, FieldProblem
from daemon.protocol.filter_facts import facts_of_delivery, facts_of_event
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
from daemon.store.queries.filter_queries import holding_text

NDJSON = "application/x-ndjson"
QUIET = 5.0
"""Seconds without a line after which a blank one says that the stream is alive."""
_SEQ_MAX = 10**12 - 1
_POSITIONS_AT_ONCE = 500


async def watch(call: Call) -> web.StreamResponse:
    """Stream changes until the peer disconnects."""
    since = _since(call)
    wanted = filter_of(call)
    wants = change_filter(wanted)
    # Before the answer begins: a peer that sees it begin misses nothing from then on.
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
        self._caught_up = 0

    async def run(self, since: int | None, wants: ChangeFilter | None) -> None:
        """Write until the peer disconnects, the daemon stops, or the caller loses its role."""
        if since is not None:
            await self._catch_up(since, wants)
        while not self._call.connection.over and await self._call.may_go_on():
            taken = self._subscription.take(self._caught_up)
            if taken is None:
                await self._write(line_of(self._subscription.position, "gap", {}))
            else:
                await self._send(taken)
            await self._send_daemon()
            silent = self._time() - self._written
            if silent >= QUIET:
                await self._write(b"\n")
                silent = 0.0
            await self._subscription.wait(QUIET - silent)

    async def _send(self, changes: ChangeBatch) -> None:
        """Write changes; with free text in the filter, only those that hold it in the store."""
        if changes and self._wanted.has_words:
            changes = await self._with_text(changes)
        await self._write(changes.lines(self._urls))

    async def _with_text(self, changes: ChangeBatch) -> ChangeBatch:
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

    async def _send_daemon(self) -> None:
        """Send the daemon's figures when they changed, with the `seq` that this stream has reached.

        Not in a filtered stream, which has what matches and nothing else.
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
        self._caught_up = found.seq
        if not isinstance(found, Missed) or not await self._is_reached(found.seq):
            await self._write(line_of(found.seq, "gap", {}))
            return
        for start in range(0, len(found.positions), _POSITIONS_AT_ONCE):
            positions = found.positions[start : start + _POSITIONS_AT_ONCE]
            read = partial(found_at, positions=positions)
            changes = [self._change(*each) for each in await self._parts.readers.run(read)]
            batch = ChangeBatch({each.key: each for each in changes})
            await self._send(batch.filtered(wants, urls=self._urls))

    async def _is_reached(self, seq: int) -> bool:
        """Whether all up to `seq` has been handled. False becomes a gap: the answer has begun."""
        try:
            await self._parts.changes.reached(seq)
        except Refusal:
            return False
        return True

    def _change(self, position: ChangePosition, found: Any) -> PublishedChange:
        """The change of what is at a position of the store."""
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


def change_filter(wanted: Filter) -> ChangeFilter | None:
    """Which changes a filter lets through: deliveries and events that match. None: every change.

    Free text is looked for afterwards, in the store: the objects of the stream do not hold all of
    it.
    """
    if not wanted:
        return None
    passes = predicate(wanted.without_text())
    of_events = wanted.keys() <= set(keys_of(FilteredList.EVENTS))

    def wants(type_: ChangeType, data: Any) -> bool:
        if type_ == "delivery":
            return passes(facts_of_delivery(data))
        return type_ == "event" and of_events and passes(facts_of_event(data))

    return wants


def _since(call: Call) -> int | None:
    text = call.query.get("since")
    if text is None:
        return None
    errors: list[FieldProblem] = []
    since = whole_number(text, "since", 0, _SEQ_MAX, errors)
    if since is None:
        raise bad_parameters(errors)
    return since


ENDPOINTS = (
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
            Parameter("filter", "Deliveries and events that match, and nothing else"),
        ),
    ),
)
