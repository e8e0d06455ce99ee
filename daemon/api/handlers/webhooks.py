"""Webhooks: list, show, create, replace, delete, pause, activate, test."""

from collections.abc import Awaitable
from typing import TypeVar

import msgspec
from aiohttp import web

from daemon.api.call import Call, json_answer
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.handlers import webhook_filter
from daemon.api.lists import cut_page, list_parameters, page_answer, read_list_query
from daemon.domain.filters.keys import FilteredList
from daemon.protocol import (
    Attempt,
    FieldProblem,
    Page,
    Problem,
    Webhook,
    WebhookSaved,
    WebhookTestResult,
)
from daemon.protocol.refusal import Refusal, invalid, not_found, stale
from daemon.services.presenters import present_attempt, present_webhook
from daemon.services.registry import RegistryEntry
from daemon.services.webhooks import SavedWebhook
from daemon.store.errors import StaleVersion
from daemon.store.queries import deliveries
from daemon.store.queries.cursors import CursorPosition
from daemon.store.records import DeliveryRecord

_DIGITS = 12


T = TypeVar("T")


async def list_webhooks(call: Call) -> web.Response:
    """Webhooks, newest first."""
    parts, urls = call.parts, call.caller.sees_urls
    query = read_list_query(call, FilteredList.WEBHOOKS)
    entries = [
        (_position(entry), entry)
        for entry in parts.registry.all()
        if webhook_filter.matches(query.filter, entry, urls=urls)
    ]
    page, following = cut_page(entries, query)
    views = [_present(call, entry) for entry in page]
    return page_answer(views, following, len(entries), parts.changes.seq)


async def show_webhook(call: Call) -> web.Response:
    """One webhook."""
    return json_answer(_present(call, find(call)))


async def create_webhook(call: Call) -> web.Response:
    """Create a webhook."""
    saved = await call.parts.webhooks.create(await call.form(), call.caller)
    response = json_answer(_saved(call, saved), 201)
    response.headers["Location"] = f"/v1/webhooks/{saved.entry.uid}"
    return response


async def replace_webhook(call: Call) -> web.Response:
    """Replace the configuration of a webhook."""
    version = _version(call)
    form = await call.form()
    work = call.parts.webhooks.replace(call.arguments["id"], form, version, call.caller)
    saved = await _or_current(call, work)
    return json_answer(_saved(call, saved))


async def delete_webhook(call: Call) -> web.Response:
    """Delete a webhook; its history stays."""
    version = _version(call)
    await call.no_body()
    await _or_current(call, call.parts.webhooks.delete(call.arguments["id"], version, call.caller))
    return web.Response(status=204)


async def pause_webhook(call: Call) -> web.Response:
    """Pause a webhook; its waiting deliveries are discarded."""
    await call.no_body()
    entry = await call.parts.webhooks.pause(call.arguments["id"], call.caller)
    return json_answer(_saved(call, SavedWebhook(entry, ())))


async def activate_webhook(call: Call) -> web.Response:
    """Activate a paused webhook; deliveries that were discarded meanwhile are not sent."""
    await call.no_body()
    entry = await call.parts.webhooks.activate(call.arguments["id"], call.caller)
    return json_answer(_saved(call, SavedWebhook(entry, ())))


async def test_webhook(call: Call) -> web.Response:
    """Send a test event and wait for the end of its attempt."""
    await call.no_body()
    data = call.parts.catalogue.test_data()
    record = await call.parts.webhooks.test(call.arguments["id"], call.caller, data)
    return json_answer(WebhookTestResult(record.uid, await _attempt(call, record)))


async def test_form(call: Call) -> web.Response:
    """Send a test event to the webhook that a form describes, without saving it."""
    form, data = await call.form(), call.parts.catalogue.test_data()
    return json_answer(
        WebhookTestResult(None, await call.parts.unsaved_test.run(form, data, call.caller))
    )


def find(call: Call) -> RegistryEntry:
    """The webhook that the path names, by id or name."""
    name = call.arguments["id"]
    entry = call.parts.registry.find(name)
    if entry is None:
        raise not_found("webhook", name)
    return entry


async def _or_current(call: Call, work: Awaitable[T]) -> T:
    """Await `work`; add the present webhook to a refusal of a stale version."""
    try:
        return await work
    except StaleVersion as error:
        current = msgspec.to_builtins(_present(call, find(call)))
        raise stale(str(error), current) from error


def _present(call: Call, entry: RegistryEntry) -> Webhook:
    settings = call.parts.settings().delivery
    return present_webhook(entry, settings, urls=call.caller.sees_urls)


def _saved(call: Call, saved: SavedWebhook) -> WebhookSaved:
    webhook = _present(call, saved.entry)
    fields = {name: getattr(webhook, name) for name in webhook.__struct_fields__}
    return WebhookSaved(**fields, warnings=list(saved.warnings))


def _position(entry: RegistryEntry) -> CursorPosition:
    return CursorPosition(entry.webhook.created_at, entry.webhook.row)


def _version(call: Call) -> int:
    """The version in If-Match, as a number with or without quotes."""
    text = call.request.headers.get("If-Match")
    if text is None:
        raise Refusal(
            Problem(
                "Version missing",
                428,
                "send If-Match with the `version` that your change starts from; otherwise it would"
                " overwrite what another user saved meanwhile",
            )
        )
    number = text.strip().removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
        raise invalid([FieldProblem("If-Match", "must be the webhook's `version`, a number")])
    return int(number)


async def _attempt(call: Call, record: DeliveryRecord) -> Attempt:
    parts = call.parts
    file = await parts.readers.run(lambda db: deliveries.whole(db, record.uid, parts.cipher))
    if file is None or not file.attempts:
        raise not_found("delivery", record.uid)
    return present_attempt(file, file.attempts[-1], urls=call.caller.sees_urls)


_ONE = "/v1/webhooks/{id}"

ENDPOINTS = (
    Endpoint(
        "GET",
        "/v1/webhooks",
        "viewer",
        list_webhooks,
        "Webhooks, newest first",
        (ResponseSpec(200, "A page of webhooks", Page),),
        list_parameters(FilteredList.WEBHOOKS),
    ),
    Endpoint(
        "POST",
        "/v1/webhooks",
        "admin",
        create_webhook,
        "Create a webhook",
        (ResponseSpec(201, "The webhook and the warnings about it", WebhookSaved),),
        body=dict,
    ),
    Endpoint(
        "POST",
        "/v1/webhooks/test",
        "admin",
        test_form,
        "Test a form without saving it; `id` names the webhook whose secret and headers it keeps",
        (ResponseSpec(200, "The attempt", WebhookTestResult),),
        body=dict,
    ),
    Endpoint(
        "GET",
        _ONE,
        "viewer",
        show_webhook,
        "One webhook",
        (ResponseSpec(200, "The webhook", Webhook),),
    ),
    Endpoint(
        "PUT",
        _ONE,
        "admin",
        replace_webhook,
        "Replace a webhook's configuration; needs If-Match",
        (ResponseSpec(200, "The webhook and the warnings about it", WebhookSaved),),
        body=dict,
        needs_version=True,
    ),
    Endpoint(
        "DELETE",
        _ONE,
        "admin",
        delete_webhook,
        "Delete a webhook, its history stays; needs If-Match",
        (ResponseSpec(204, "Deleted"),),
        needs_version=True,
    ),
    Endpoint(
        "POST",
        f"{_ONE}/pause",
        "operator",
        pause_webhook,
        "Pause a webhook; its waiting deliveries are discarded",
        (ResponseSpec(200, "The webhook", WebhookSaved),),
    ),
    Endpoint(
        "POST",
        f"{_ONE}/activate",
        "operator",
        activate_webhook,
        "Activate a paused webhook",
        (ResponseSpec(200, "The webhook", WebhookSaved),),
    ),
    Endpoint(
        "POST",
        f"{_ONE}/test",
        "operator",
        test_webhook,
        "Send a test event to this webhook alone and wait for the end of its attempt",
        (ResponseSpec(200, "The attempt", WebhookTestResult),),
    ),
)
