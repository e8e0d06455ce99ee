"""The filter language for webhooks in memory (interfaces.md, Filters)."""

from collections.abc import Callable
from typing import assert_never

from daemon.domain.filters.keys import FilterKey
from daemon.domain.filters.parser import Filter, Group
from daemon.domain.filters.predicate import ascii_lower
from daemon.domain.matching.rules import subscribes
from daemon.services.presenters import present_url
from daemon.services.registry import RegistryEntry


def matches(filter_: Filter, entry: RegistryEntry, *, urls: bool) -> bool:
    """Whether a webhook matches.

    `type:` matches an event type that it subscribes to, `project:` a project of its filter, and
    times its creation. Text is searched in its id, name, events, and URL as the caller sees it.
    """
    made = entry.webhook.created_at
    if filter_.since is not None and made < filter_.since:
        return False
    if filter_.until is not None and made >= filter_.until:
        return False
    return all(_fits(group, entry, urls=urls) for group in filter_.groups)


def _fits(group: Group, entry: RegistryEntry, *, urls: bool) -> bool:
    test = _test(group.key, entry, urls=urls)
    return any(map(test, group.values)) != group.negated


def _test(key: FilterKey, entry: RegistryEntry, *, urls: bool) -> Callable[[str], bool]:
    webhook, config = entry.webhook, entry.webhook.config
    match key:
        case FilterKey.WEBHOOK:
            return lambda value: value in {webhook.uid, config.name}
        case FilterKey.PROJECT:
            return lambda value: value in config.projects
        case FilterKey.TYPE:
            return lambda value: _subscribes(config.events, value)
        case FilterKey.TEXT:
            visible = (webhook.uid, config.name, present_url(webhook, urls=urls), *config.events)
            text = ascii_lower("\n".join(visible))
            return lambda value: ascii_lower(value) in text
        case FilterKey.STATUS | FilterKey.HTTP | FilterKey.KIND | FilterKey.EVENT:
            raise ValueError(f"webhooks have no {key}")
        case FilterKey.SINCE | FilterKey.UNTIL:
            raise ValueError(f"{key} belongs to the filter's span, not to a group")
        case _:
            assert_never(key)


def _subscribes(events: tuple[str, ...], value: str) -> bool:
    """Whether a webhook with these `events` gets events of this type, or some of this pattern."""
    if not value.endswith(".*"):
        return subscribes(events, value)
    return any(event.startswith(value[:-1]) or subscribes((event,), value) for event in events)
