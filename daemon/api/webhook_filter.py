"""The filter language over webhooks: which of them a list shows."""

from collections.abc import Callable

from daemon.domain.filter_match import ascii_lower
from daemon.domain.filters import Filter, Group, Key
from daemon.domain.subscription import wants
from daemon.registry import Entry
from daemon.shown import url_shown

KNOWN = frozenset({Key.WEBHOOK, Key.TYPE, Key.PROJECT, Key.SINCE, Key.UNTIL, Key.TEXT})


def matches(wanted: Filter, entry: Entry, *, urls: bool) -> bool:
    """Whether a webhook is what is looked for.

    `type:` means that it subscribes to it, `project:` that its filter names it; times are those of
    its making. Text is found in its id, name, URL as the reader may see it, and events.
    """
    made = entry.hook.created_at
    if wanted.since is not None and made < wanted.since:
        return False
    if wanted.until is not None and made >= wanted.until:
        return False
    return all(_fits(group, entry, urls=urls) for group in wanted.groups)


def _fits(group: Group, entry: Entry, *, urls: bool) -> bool:
    test = _test(group.key, entry, urls=urls)
    return any(map(test, group.values)) != group.negated


def _test(key: Key, entry: Entry, *, urls: bool) -> Callable[[str], bool]:
    hook, config = entry.hook, entry.hook.config
    if key is Key.WEBHOOK:
        return lambda value: value in {hook.uid, config.name}
    if key is Key.PROJECT:
        return lambda value: value in config.projects
    if key is Key.TYPE:
        return lambda value: _subscribes(config.events, value)
    shown = (hook.uid, config.name, url_shown(hook, urls=urls), *config.events)
    text = ascii_lower("\n".join(shown))
    return lambda value: ascii_lower(value) in text


def _subscribes(events: tuple[str, ...], value: str) -> bool:
    """Whether events of this type, or some of this pattern, are sent to who has these `events`."""
    if not value.endswith(".*"):
        return wants(events, value)
    return any(event.startswith(value[:-1]) or wants((event,), value) for event in events)
