"""Which event types a webhook's list asks for: exact names, and patterns such as `scan.*`."""

from collections.abc import Iterable


def wants(events: Iterable[str], event_type: str) -> bool:
    """Whether any of `events` names the type, or is a pattern over it."""
    return any(
        wanted == event_type or (wanted.endswith(".*") and event_type.startswith(wanted[:-1]))
        for wanted in events
    )


def wanted_types(events: Iterable[str], known_types: Iterable[str]) -> tuple[str, ...]:
    """Those of `known_types` that `events` ask for, by name."""
    patterns = tuple(events)
    return tuple(sorted(known for known in known_types if wants(patterns, known)))
