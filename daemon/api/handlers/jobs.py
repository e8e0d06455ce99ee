"""Bulk retries, replays and `/v1/jobs`: count, start, show, cancel (rules.md §3)."""

from typing import NamedTuple

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.lists import (
    FILTER,
    StoredPage,
    list_parameters,
    page_answer,
    read_filter,
    read_filter_text,
    read_list_query,
)
from daemon.api.parameters import BodyFields
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.parser import Filter, conjunction, format_filter
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import Job, JobMatched, JobStarted, Page
from daemon.protocol.refusal import not_found
from daemon.store.database import Database, last_seq
from daemon.store.queries import jobs


class _JobOptions(NamedTuple):
    """The fields that a bulk retry and a replay have in common."""

    text: str
    limit: int | None
    rate: float | None
    dry_run: bool


async def retry_many(call: Call) -> web.Response:
    """Retry every delivery that matches a filter, or count them."""
    fields = BodyFields(await call.form())
    filter_ = _filter(call, fields)
    if not filter_ and not fields.errors:
        fields.add_error("filter", "is required: name the deliveries, e.g. status:failed since:1h")
    options = _options(fields, filter_)
    service = call.parts.jobs
    if options.dry_run:
        return json_answer(JobMatched(await service.count_retry(text=options.text)))
    uid, matched = await service.start_retry(
        text=options.text, limit=options.limit, rate=options.rate, caller=call.caller
    )
    return json_answer(JobStarted(uid, matched), 202)


async def replay_webhook(call: Call) -> web.Response:
    """Send a webhook the events that it missed, or count them."""
    now = call.parts.clock.now_ms()
    fields = BodyFields(await call.form())
    since, until = fields.time("since", now), fields.time("until", now)
    filter_ = _filter(call, fields)
    if since is None and not filter_ and not fields.errors:
        fields.add_error("since", "is required without a filter: give a time, e.g. 1h or a date")
    if since is not None and until is not None and since >= until:
        fields.add_error("until", "must be later than since")
    options = _options(fields, filter_)
    service, webhook = call.parts.jobs, call.arguments["id"]
    until = now if until is None else until
    if options.dry_run:
        matched = await service.count_replay(
            webhook=webhook, since_ms=since, until_ms=until, text=options.text
        )
        return json_answer(JobMatched(matched))
    uid, matched = await service.start_replay(
        webhook=webhook,
        since_ms=since,
        until_ms=until,
        text=options.text,
        limit=options.limit,
        rate=options.rate,
        caller=call.caller,
    )
    return json_answer(JobStarted(uid, matched), 202)


async def list_jobs(call: Call) -> web.Response:
    """Jobs, newest first."""
    query = read_list_query(call, FilteredList.JOBS)

    def read(db: Database) -> StoredPage[Job]:
        items, following = jobs.page(db, query.filter, query.after, query.limit)
        return StoredPage(items, following, jobs.total(db, query.filter), last_seq(db))

    found = await call.parts.readers.run(read)
    return page_answer(found.items, found.next, found.total, found.seq)


async def show_job(call: Call) -> web.Response:
    """One job and its progress."""
    return json_answer(await _job(call))


async def cancel_job(call: Call) -> web.Response:
    """Cancel a job: it starts no further deliveries."""
    await call.no_body()
    await call.parts.jobs.cancel(call.arguments["id"], call.caller)
    return json_answer(await _job(call))


async def _job(call: Call) -> Job:
    uid = call.arguments["id"]
    found = await call.parts.readers.run(lambda db: jobs.by_uid(db, uid))
    if found is None:
        raise not_found("job", uid)
    return found


def _filter(call: Call, fields: BodyFields) -> Filter:
    """The filter of the body and that of the query; both must hold."""
    now = call.parts.clock.now_ms()
    in_body = read_filter_text("filter", fields.text("filter") or "", now, fields.errors)
    return conjunction(in_body, read_filter(call, fields.errors))


def _options(fields: BodyFields, filter_: Filter) -> _JobOptions:
    limit, rate = fields.whole("limit", 1), fields.positive("rate")
    dry_run = fields.switch("dry_run")
    text = _filter_text(fields, filter_)
    fields.done()
    return _JobOptions(text, limit, rate, dry_run)


def _filter_text(fields: BodyFields, filter_: Filter) -> str:
    """The filter as the job stores it; adds an error when body and query cannot be joined."""
    try:
        return format_filter(filter_)
    except FilterError as error:
        fields.add_error("filter", str(error))
        return ""


_STARTED = (
    ResponseSpec(200, "Dry run: how many match", JobMatched),
    ResponseSpec(202, "The job", JobStarted),
)

ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/deliveries/retry",
        "operator",
        retry_many,
        "Retry every delivery that matches a filter",
        _STARTED,
        (FILTER,),
        body=dict,
    ),
    Endpoint(
        "POST",
        "/v1/webhooks/{id}/replay",
        "operator",
        replay_webhook,
        "Send a webhook the events that it missed in a span of time",
        _STARTED,
        (FILTER,),
        body=dict,
    ),
    Endpoint(
        "GET",
        "/v1/jobs",
        "viewer",
        list_jobs,
        "Bulk retries and replays, newest first",
        (ResponseSpec(200, "A page of jobs", Page),),
        list_parameters(FilteredList.JOBS),
    ),
    Endpoint(
        "GET",
        "/v1/jobs/{id}",
        "viewer",
        show_job,
        "One job and its progress",
        (ResponseSpec(200, "The job", Job),),
    ),
    Endpoint(
        "POST",
        "/v1/jobs/{id}/cancel",
        "operator",
        cancel_job,
        "Cancel a job: it starts no further deliveries; those that it started go on",
        (ResponseSpec(200, "The job", Job),),
    ),
)
