"""The filter language over webhooks: which of them a list shows."""

from collections.abc import Callable

from daemon.domain.filters.parser import Filter, FilterKey, Group
from daemon.domain.filters.predicate import ascii_lower
from daemon.domain.matching.subscriptions import wants
from daemon.services.presenters import url_shown
from daemon.services.registry import RegistryEntry

KNOWN = frozenset(
    {
        FilterKey.WEBHOOK,
        FilterKey.TYPE,
        FilterKey.PROJECT,
        FilterKey.SINCE,
        FilterKey.UNTIL,
        FilterKey.TEXT,
    }
)


def matches(wanted: Filter, entry: RegistryEntry, *, urls: bool) -> bool:
    """Whether a webhook is what is looked for.

    `type:` means that it subscribes to it, `project:` that its filter names it; times are those of
    its making. Text is found in its id, name, URL as the reader may see it, and events.
    """
    made = entry.webhook.created_at
    if wanted.since is not None and made < wanted.since:
        return False
    if wanted.until is not None and made >= wanted.until:
        return False
    return all(_fits(group, entry, urls=urls) for group in wanted.groups)


def _fits(group: Group, entry: RegistryEntry, *, urls: bool) -> bool:
    test = _test(group.key, entry, urls=urls)
    return any(map(test, group.values)) != group.negated


def _test(key: FilterKey, entry: RegistryEntry, *, urls: bool) -> Callable[[str], bool]:
    webhook, config = entry.webhook, entry.webhook.config
    if key is FilterKey.WEBHOOK:
        return lambda value: value in {webhook.uid, config.name}
    if key is FilterKey.PROJECT:
        return lambda value: value in config.projects
    if key is FilterKey.TYPE:
        return lambda value: _subscribes(config.events, value)
    shown = (webhook.uid, config.name, url_shown(webhook, urls=urls), *config.events)
    text = ascii_lower("\n".join(shown))
    return lambda value: ascii_lower(value) in text


def _subscribes(events: tuple[str, ...], value: str) -> bool:
    """Whether events of this type, or some of this pattern, are sent to who has these `events`."""
    if not value.endswith(".*"):
        return wants(events, value)
    return any(event.startswith(value[:-1]) or wants((event,), value) for event in events)
