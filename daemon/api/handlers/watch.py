"""`GET /v1/watch`: an endless stream of changes, one line of JSON each (interfaces.md).

`daemon.services.change_stream` merges changes and makes gaps. This module applies a watcher's
filter, sends missed changes from the store, and writes to the connection.
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
"""Seconds without a line after which a blank line shows that the stream is alive."""
_SEQ_MAX = 10**12 - 1
_POSITIONS_AT_ONCE = 500


async def watch(call: Call) -> web.StreamResponse:
    """Stream changes until the peer disconnects."""
    since = _since(call)
    filter_ = filter_of(call)
    passes = change_filter(filter_)
    # Subscribe before the answer begins: a peer that sees its beginning misses no later change.
    subscription = call.parts.changes.subscribe(passes, urls=call.caller.sees_urls)
    connection = call.connection
    connection.may_stall = True
    connection.watch(subscription.wake)
    try:
        response = web.StreamResponse(headers={"Content-Type": NDJSON})
        await response.prepare(call.request)
        await _Stream(call, response, subscription, filter_).run(since, passes)
        return response
    finally:
        connection.may_stall = False
        connection.watch(None)
        subscription.close()


class _Stream:
    """One watcher's stream."""

    def __init__(
        self,
        call: Call,
        response: web.StreamResponse,
        subscription: ChangeSubscription,
        filter_: Filter,
    ) -> None:
        self._call = call
        self._parts = call.parts
        self._urls = call.caller.sees_urls
        self._response = response
        self._subscription = subscription
        self._filter = filter_
        self._time = asyncio.get_running_loop().time
        self._written = self._time()
        self._beat = -1
        self._caught_up = 0

    async def run(self, since: int | None, passes: ChangeFilter | None) -> None:
        """Write until the peer disconnects, the daemon stops, or the caller loses its role."""
        if since is not None:
            await self._catch_up(since, passes)
        while not self._call.connection.over and await self._call.still_permitted():
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
        if changes and self._filter.has_words:
            changes = await self._with_text(changes)
        await self._write(changes.lines(self._urls))

    async def _with_text(self, changes: ChangeBatch) -> ChangeBatch:
        ids: dict[ChangeType, list[str]] = {"delivery": [], "event": []}
        for change in changes:
            ids[change.type].append(change.id)
        holding = await self._parts.readers.run(
            lambda db: holding_text(db, self._filter, ids["delivery"], ids["event"])
        )
        return changes.only(lambda change: change.id in holding)

    async def _write(self, lines: bytes) -> None:
        if lines:
            self._written = self._time()
            await self._response.write(lines)

    async def _send_daemon(self) -> None:
        """Send the daemon's figures when they changed, with the `seq` that this stream has reached.

        A filtered stream does not get them: it has only matching deliveries and events.
        """
        beat = self._call.pulse.beat
        if beat == self._beat or self._filter:
            return
        self._beat = beat
        seq = self._subscription.position
        info = await daemon_info(self._parts, self._call.caller, seq)
        await self._write(line_of(seq, "daemon", info))

    async def _catch_up(self, since: int, passes: ChangeFilter | None) -> None:
        """Send the changes after `since` from the store, or a gap when they are too many."""
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
            await self._send(batch.filtered(passes, urls=self._urls))

    async def _is_reached(self, seq: int) -> bool:
        """Whether every change up to `seq` is handled. The answer has begun: False makes a gap."""
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


def change_filter(filter_: Filter) -> ChangeFilter | None:
    """A test that only matching deliveries and events pass; None for an empty filter.

    Free text is searched afterwards in the store: objects of the stream do not hold all of it.
    """
    if not filter_:
        return None
    matches = predicate(filter_.without_text())
    of_events = filter_.keys() <= set(keys_of(FilteredList.EVENTS))

    def passes(type_: ChangeType, data: Any) -> bool:
        if type_ == "delivery":
            return matches(facts_of_delivery(data))
        return type_ == "event" and of_events and matches(facts_of_event(data))

    return passes


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
        "An endless stream of changes, one line of JSON each",
        (ResponseSpec(200, "Lines, and a blank one every 5 s when idle", Change, NDJSON),),
        (
            Parameter(
                "since",
                "Begin after the change of this number; the default is the last one",
                {"type": "integer", "minimum": 0},
            ),
            Parameter("filter", "Deliveries and events that match, and nothing else"),
        ),
    ),
)
