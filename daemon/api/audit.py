"""The audit: who did what (rules.md §5). Viewers see no whole URL in it."""

from typing import Any

import msgspec
from aiohttp import web

from daemon.api.call import Call
from daemon.api.endpoint import Endpoint, ResponseSpec
from daemon.api.filtering import filter_parameters, only_keys_of, read_filter
from daemon.api.lists import PAGING, Paging, StoredPage, page_answer
from daemon.api.problems import bad_parameters
from daemon.domain.filters.keys import FilteredList
from daemon.domain.webhooks.masking import mask_url
from daemon.protocol import AuditEntry, FieldProblem, Page
from daemon.store.database import Database, last_seq
from daemon.store.queries import audit
from daemon.store.queries.cursors import CursorPosition


async def list_audit(call: Call) -> web.Response:
    """Entries, newest first."""
    errors: list[FieldProblem] = []
    wanted, page = read_filter(call, errors), Paging(call, errors)
    only_keys_of(FilteredList.AUDIT, wanted, errors)
    if errors:
        raise bad_parameters(errors)
    before = None if page.after is None else page.after.row

    def read(db: Database) -> StoredPage[AuditEntry]:
        items, following = audit.entries(db, wanted, before, page.limit)
        after = None if following is None else CursorPosition(0, following)
        return StoredPage(items, after, audit.total(db, wanted), last_seq(db))

    found = await call.parts.readers.run(read)
    items = [_present(call, entry) for entry in found.items]
    return page_answer(items, found.next, found.total, found.seq)


def _present(call: Call, entry: AuditEntry) -> AuditEntry:
    if call.caller.sees_urls:
        return entry
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


ROUTES = (
    Endpoint(
        "GET",
        "/v1/audit",
        "viewer",
        list_audit,
        "Who did what, newest first; `webhook` is the id or name acted on",
        (ResponseSpec(200, "A page of entries", Page),),
        (*filter_parameters(FilteredList.AUDIT), *PAGING),
    ),
)
