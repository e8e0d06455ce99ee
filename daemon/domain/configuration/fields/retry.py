"""How a webhook is tried: all in seconds, all optional (rules.md §3, interfaces.md)."""

from daemon.domain.configuration.fields.complaints import FieldErrors
from daemon.domain.webhooks.config import RetryPolicy

_KEYS = ("schedule", "timeout", "concurrency", "rate")
_MOST_WAITS = 20
_LONGEST_WAIT = 7 * 24 * 3600
_TIMEOUT = (0.1, 300)
_CONCURRENCY = (1, 1000)
_RATE = (0.001, 10_000)


def read_retry(value: object, complaints: FieldErrors) -> RetryPolicy:
    """The policy; what is absent or null is left to the settings."""
    if value is None:
        return RetryPolicy()
    if not isinstance(value, dict):
        complaints.add("retry", 'must be an object, like {"schedule": [2, 4], "rate": 1}')
        return RetryPolicy()
    complaints.unknown_keys(value, _KEYS, "key of retry", "retry.")
    concurrency = value.get("concurrency")
    if concurrency is not None and not _within(concurrency, _CONCURRENCY, whole=True):
        complaints.add("retry.concurrency", "must be a whole number from 1 to 1000")
        concurrency = None
    return RetryPolicy(
        schedule=_schedule(value.get("schedule"), complaints),
        timeout=_number(value, "timeout", _TIMEOUT, "seconds", complaints),
        concurrency=concurrency,
        rate=_number(value, "rate", _RATE, "deliveries a second", complaints),
    )


def _schedule(value: object, complaints: FieldErrors) -> tuple[float, ...] | None:
    if value is None:
        return None
    if (
        isinstance(value, list | tuple)
        and len(value) <= _MOST_WAITS
        and all(_within(wait, (0, _LONGEST_WAIT)) for wait in value)
    ):
        return tuple(value)
    complaints.add(
        "retry.schedule",
        f"must be a list of at most {_MOST_WAITS} waits in seconds, each up to a week,"
        " like [2, 4]; [] is a single try",
    )
    return None


def _number(
    of: dict[object, object],
    key: str,
    bounds: tuple[float, float],
    unit: str,
    complaints: FieldErrors,
) -> float | None:
    value = of.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and _within(value, bounds):
        return value
    low, high = bounds
    complaints.add(f"retry.{key}", f"must be from {low:g} to {high:g} {unit}")
    return None


def _within(value: object, bounds: tuple[float, float], *, whole: bool = False) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return bounds[0] <= value <= bounds[1]
