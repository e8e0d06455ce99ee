"""Bulk retries and replays: counted, started, watched, cancelled (rules.md §3)."""

from typing import NamedTuple

from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.filtering import FILTER, filter_parameters, only_keys_of, read_filter, read_text
from daemon.api.lists import PAGING, Paging, StoredPage, page_answer
from daemon.api.parameters import Fields
from daemon.api.problems import bad_parameters
from daemon.domain.filters.keys import FilteredList
from daemon.domain.filters.parser import Filter, conjunction, format_filter
from daemon.domain.filters.tokens import FilterError
from daemon.protocol import FieldProblem, Job, JobMatched, JobStarted, Page
from daemon.protocol.refusal import not_found
from daemon.store.database import Database, last_seq
from daemon.store.queries import jobs


class _Order(NamedTuple):
    """What is common to both kinds."""

    text: str
    limit: int | None
    rate: float | None
    dry_run: bool


async def retry_many(call: Call) -> web.Response:
    """Retry every delivery that matches a filter, or count them."""
    fields = Fields(await call.form())
    wanted = _wanted(call, fields)
    if not wanted and not fields.errors:
        fields.complain("filter", "say which deliveries, e.g. status:failed since:1h")
    order = _order(fields, wanted)
    service = call.parts.jobs
    if order.dry_run:
        return json_answer(JobMatched(await service.count_retry(text=order.text)))
    uid, matched = await service.start_retry(
        text=order.text, limit=order.limit, rate=order.rate, caller=call.caller
    )
    return json_answer(JobStarted(uid, matched), 202)


async def replay_webhook(call: Call) -> web.Response:
    """Send a webhook again what it missed, or count it."""
    now = call.parts.clock.now_ms()
    fields = Fields(await call.form())
    since, until = fields.time("since", now), fields.time("until", now)
    wanted = _wanted(call, fields)
    if since is None and not wanted and not fields.errors:
        fields.complain("since", "say from when on, or give a filter")
    if since is not None and until is not None and since >= until:
        fields.complain("until", "must be later than since")
    order = _order(fields, wanted)
    service, webhook = call.parts.jobs, call.arguments["id"]
    until = now if until is None else until
    if order.dry_run:
        matched = await service.count_replay(
            webhook=webhook, since_ms=since, until_ms=until, text=order.text
        )
        return json_answer(JobMatched(matched))
    uid, matched = await service.start_replay(
        webhook=webhook,
        since_ms=since,
        until_ms=until,
        text=order.text,
        limit=order.limit,
        rate=order.rate,
        caller=call.caller,
    )
    return json_answer(JobStarted(uid, matched), 202)


async def list_jobs(call: Call) -> web.Response:
    """Jobs, newest first."""
    errors: list[FieldProblem] = []
    wanted, page = read_filter(call, errors), Paging(call, errors)
    only_keys_of(FilteredList.JOBS, wanted, errors)
    if errors:
        raise bad_parameters(errors)

    def read(db: Database) -> StoredPage[Job]:
        items, following = jobs.page(db, wanted, page.after, page.limit)
        return StoredPage(items, following, jobs.total(db, wanted), last_seq(db))

    found = await call.parts.readers.run(read)
    return page_answer(found.items, found.next, found.total, found.seq)


async def show_job(call: Call) -> web.Response:
    """How far one job is."""
    return json_answer(await _job(call))


async def cancel_job(call: Call) -> web.Response:
    """Start nothing more of a job."""
    await call.no_body()
    await call.parts.jobs.cancel(call.arguments["id"], call.caller)
    return json_answer(await _job(call))


async def _job(call: Call) -> Job:
    uid = call.arguments["id"]
    found = await call.parts.readers.run(lambda db: jobs.by_uid(db, uid))
    if found is None:
        raise not_found("job", uid)
    return found


def _wanted(call: Call, fields: Fields) -> Filter:
    """The filter of the body and the one of the query, both of which must hold."""
    now = call.parts.clock.now_ms()
    written = read_text("filter", fields.text("filter") or "", now, fields.errors)
    return conjunction(written, read_filter(call, fields.errors))


def _order(fields: Fields, wanted: Filter) -> _Order:
    limit, rate = fields.whole("limit", 1), fields.positive("rate")
    dry_run = fields.switch("dry_run")
    text = _written(fields, wanted)
    fields.done()
    return _Order(text, limit, rate, dry_run)


def _written(fields: Fields, wanted: Filter) -> str:
    """The filter as the job keeps it; a complaint when body and query cannot be put into one."""
    try:
        return format_filter(wanted)
    except FilterError as error:
        fields.complain("filter", str(error))
        return ""


_STARTED = (
    ResponseSpec(200, "Dry run: how many match", JobMatched),
    ResponseSpec(202, "The job", JobStarted),
)

ROUTES = (
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
        "Send a webhook again what it missed in a span of time",
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
        (*filter_parameters(FilteredList.JOBS), *PAGING),
    ),
    Endpoint(
        "GET",
        "/v1/jobs/{id}",
        "viewer",
        show_job,
        "How far a job is",
        (ResponseSpec(200, "The job", Job),),
    ),
    Endpoint(
        "POST",
        "/v1/jobs/{id}/cancel",
        "operator",
        cancel_job,
        "Start nothing more of a job; what has started goes on",
        (ResponseSpec(200, "The job", Job),),
    ),
)
