"""The simple fields of a webhook: name, type, secret, body template, retry (rules.md §2).

A reader gets a value of any type from a form, adds errors to a `FieldErrors`, and returns a value
of the right type.
"""

from collections.abc import Iterable, Iterator, Mapping

from daemon.domain.problems import FieldError, is_unicode, printable, quoted, unknown
from daemon.domain.webhooks.config import DestinationType, RetryPolicy, WebhookConfig
from daemon.domain.webhooks.masking import is_masked

MOST = 100
"""The most errors that are reported of one webhook."""


class FieldErrors:
    """Collects the errors of one form."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    @property
    def enough(self) -> bool:
        """Whether `MOST` errors are found, so that reading can stop."""
        return len(self.errors) >= MOST

    def add(self, field: str, message: str) -> None:
        """Add an error about `field`, a path such as `headers.0.value`."""
        self.errors.append(FieldError(field, message))

    def unknown_keys(
        self, of: Iterable[object], known: tuple[str, ...], what: str, at: str = ""
    ) -> None:
        """Add an error for each key that is not one of `known`."""
        for key in of:
            if self.enough:
                return
            if key not in known:
                name = str(key)
                self.add(at + printable(name), unknown(what, name, known))


def rows(
    value: object, field: str, complaints: FieldErrors, example: str
) -> Iterator[tuple[str, object]]:
    """The rows of a list with the path of each. A value of another type is an error."""
    if value is None:
        return
    if not isinstance(value, list | tuple):
        complaints.add(field, f"must be a list, like {example}")
        return
    for index, row in enumerate(value):
        if complaints.enough:
            return
        yield f"{field}.{index}", row


def names(
    value: object, field: str, complaints: FieldErrors, example: str
) -> Iterator[tuple[str, str]]:
    """The strings of a list with the path of each; a repeated one is an error."""
    seen: set[str] = set()
    for path, row in rows(value, field, complaints, example):
        if not isinstance(row, str):
            complaints.add(path, "must be a string")
        elif row in seen:
            complaints.add(path, f"{quoted(row)} is given twice: give it once")
        else:
            seen.add(row)
            yield path, row


def switch(value: object, field: str, complaints: FieldErrors) -> bool:
    """True or false; absent and null are false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    complaints.add(field, "must be true or false")
    return False


_LONGEST_NAME = 100
_LONGEST_SECRET = 1000
_LONGEST_TEMPLATE = 64 * 1024


def read_name(value: object, complaints: FieldErrors) -> str:
    """The name, which identifies the webhook to people and in files."""
    if not isinstance(value, str) or not value.strip():
        complaints.add("name", "is missing: give the webhook a name, like Slack #security")
        return ""
    if len(value) > _LONGEST_NAME:
        complaints.add("name", f"is longer than {_LONGEST_NAME} characters")
    elif not value.isprintable():
        complaints.add("name", "holds a line break, tab or invisible character")
    elif value != value.strip():
        complaints.add("name", "begins or ends with a space")
    return value


def read_type(value: object, complaints: FieldErrors) -> DestinationType:
    """The kind of receiver; `other` when absent."""
    if value is None:
        return DestinationType.OTHER
    kinds = {kind.value: kind for kind in DestinationType}
    if isinstance(value, str) and value in kinds:
        return kinds[value]
    complaints.add("type", unknown("type", value, kinds))
    return DestinationType.OTHER


def read_secret(
    form: Mapping[str, object], previous: WebhookConfig | None, complaints: FieldErrors
) -> str | None:
    """The secret: absent keeps the previous one, null removes it, a string sets it."""
    if "secret" not in form:
        return None if previous is None else previous.secret
    secret = form["secret"]
    if secret is None:
        return None
    problem = secret_problem(secret)
    if problem:
        complaints.add("secret", problem)
    return str(secret)


def secret_problem(secret: object) -> str | None:
    """Why this cannot be a secret, or None. The message does not quote it."""
    if not isinstance(secret, str):
        return "must be a string to set it or null to remove it; leave it out to keep it"
    if is_masked(secret):
        return "is the masked form: leave it out to keep the stored secret, or give a new one"
    if not secret:
        return "is empty: give null to remove it, leave it out to keep it"
    if len(secret) > _LONGEST_SECRET:
        return f"is longer than {_LONGEST_SECRET} characters"
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in secret):
        return "holds a line break or another control character"
    return None if is_unicode(secret) else "holds half of a surrogate pair"


def read_template(value: object, complaints: FieldErrors) -> str | None:
    """The custom body; None (also for a blank text) means the default payload."""
    if value is None:
        return None
    if not isinstance(value, str):
        complaints.add("body_template", "must be a string that holds a JSON object")
        return None
    if len(value) > _LONGEST_TEMPLATE:
        complaints.add("body_template", f"is longer than {_LONGEST_TEMPLATE} characters")
    elif not is_unicode(value):
        complaints.add("body_template", "holds half of a surrogate pair")
    return value if value.strip() else None


_MOST_WAITS = 20
_LONGEST_WAIT = 7 * 24 * 3600
_TIMEOUT = (0.1, 300)
_CONCURRENCY = (1, 1000)
_RATE = (0.001, 10_000)


def read_retry(value: object, complaints: FieldErrors) -> RetryPolicy:
    """The policy; for absent and null keys, the settings apply."""
    if value is None:
        return RetryPolicy()
    if not isinstance(value, dict):
        complaints.add("retry", 'must be an object, like {"schedule": [2, 4], "rate": 1}')
        return RetryPolicy()
    complaints.unknown_keys(value, RetryPolicy.__struct_fields__, "key of retry", "retry.")
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
