"""Every key of the registry has a meaning wherever filters are applied."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from corgea_tui.state.filtering import compiled_for_events
from daemon.api.handlers import webhook_filter
from daemon.api.lists import filter_parameters
from daemon.domain.filters.completion import complete
from daemon.domain.filters.keys import KEYS, FilteredList, FilterKey, ValueKind, keys_of
from daemon.domain.filters.parser import format_filter, parse_filter, term
from daemon.domain.filters.predicate import DeliveryFacts, predicate
from daemon.domain.filters.tokens import FilterError
from daemon.domain.webhooks.config import WebhookConfig

NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)
NOW = int(NOON.timestamp() * 1000)
FITS = DeliveryFacts(
    delivery_id="d-1",
    event_id="e-1",
    event_type="scan.failed",
    webhook_id="w-1",
    webhook_name="Jira",
    project="p-1",
    status="failed",
    http_status=503,
    kind="replay",
    created_ms=NOW - 1_800_000,
    text="needle",
)
OTHER = DeliveryFacts(
    delivery_id="d-2",
    event_id="e-2",
    event_type="user.login",
    webhook_id="w-2",
    webhook_name="Slack",
    project="p-2",
    status="succeeded",
    http_status=200,
    kind="event",
    created_ms=NOW - 7_200_000,
    text="hay",
)
VALUES = {
    FilterKey.STATUS: "failed",
    FilterKey.HTTP: "5xx",
    FilterKey.WEBHOOK: "Jira",
    FilterKey.TYPE: "scan.*",
    FilterKey.PROJECT: "p-1",
    FilterKey.KIND: "replay",
    FilterKey.EVENT: "e-1",
    FilterKey.SINCE: "1h",
    FilterKey.UNTIL: "1h",
    FilterKey.TEXT: "needle",
}
"""For each key a value that holds for FITS alone (for `until`: for OTHER alone)."""

every_key = pytest.mark.parametrize("key", list(FilterKey))


@every_key
def test_a_key_is_described_and_read(key):
    assert KEYS[key].help
    assert bool(KEYS[key].words) == (KEYS[key].kind is ValueKind.WORD)
    query = term(key, VALUES[key], now_ms=NOW)
    assert query.keys() == {key}
    assert parse_filter(format_filter(query), now_ms=NOW) == query


@every_key
def test_a_key_narrows_what_is_in_memory(key):
    passes = predicate(term(key, VALUES[key], now_ms=NOW))
    assert passes(FITS) != passes(OTHER)
    assert passes(FITS) == (key is not FilterKey.UNTIL)


@every_key
def test_a_key_is_completed_in_the_lists_that_have_it(key):
    for rows in FilteredList:
        offered = {item.text for item in complete("", 0, of=rows).items}
        assert (f"{key}:" in offered) == (key in keys_of(rows) and key is not FilterKey.TEXT)
    if key is not FilterKey.TEXT:
        text = f"{key}:"
        assert complete(text, len(text), {key: ["known"]}).items


@every_key
def test_a_key_is_a_parameter_of_the_lists_that_have_it_or_of_none(key):
    parameter = KEYS[key].parameter
    for rows in FilteredList:
        names = {each.name for each in filter_parameters(rows)}
        if parameter is not None:
            assert (parameter.name in names) == (key in keys_of(rows))


@every_key
def test_a_key_is_judged_for_events(key):
    text = format_filter(term(key, VALUES[key], now_ms=NOW))
    if key in keys_of(FilteredList.EVENTS):
        assert compiled_for_events(text, NOON)
    else:
        with pytest.raises(FilterError, match=f"events have no {key}"):
            compiled_for_events(text, NOON)


def webhook(name: str, uid: str, created_at: int, project: str, events: str):
    config = WebhookConfig(name, f"https://{name}/hook", (events,), projects=(project,))
    return SimpleNamespace(
        webhook=SimpleNamespace(uid=uid, config=config, created_at=created_at, deleted_at=None)
    )


@every_key
def test_a_key_narrows_webhooks_or_is_refused(key):
    fits = webhook("Jira", "needle", FITS.created_ms, "p-1", "scan.*")
    other = webhook("Slack", "w-2", OTHER.created_ms, "p-2", "user.login")
    query = term(key, VALUES[key], now_ms=NOW)
    if key in keys_of(FilteredList.WEBHOOKS):
        assert webhook_filter.matches(query, fits, urls=True) == (key is not FilterKey.UNTIL)
        assert webhook_filter.matches(query, other, urls=True) == (key is FilterKey.UNTIL)
    else:
        with pytest.raises(ValueError, match=f"webhooks have no {key}"):
            webhook_filter.matches(query, fits, urls=True)
