"""The free texts of a webhook: its name, secret and body template (rules.md §2)."""

from collections.abc import Mapping

from daemon.domain.configuration.fields.complaints import FieldErrors
from daemon.domain.problems import is_unicode, unknown
from daemon.domain.webhooks.config import DestinationType, WebhookConfig
from daemon.domain.webhooks.masking import is_masked

_LONGEST_NAME = 100
_LONGEST_SECRET = 1000
_LONGEST_TEMPLATE = 64 * 1024


def read_name(value: object, complaints: FieldErrors) -> str:
    """The name, by which the webhook is known to people and files."""
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
    """Why this cannot be a secret; None when it can. Repeats nothing of it."""
    if not isinstance(secret, str):
        return "must be a string to set it or null to remove it; leave it out to keep it"
    if is_masked(secret):
        return "is the masked form: leave it out to keep what is stored, or give it whole"
    if not secret:
        return "is empty: give null to remove it, leave it out to keep it"
    if len(secret) > _LONGEST_SECRET:
        return f"is longer than {_LONGEST_SECRET} characters"
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in secret):
        return "holds a line break or another control character"
    return None if is_unicode(secret) else "holds half of a surrogate pair"


def read_template(value: object, complaints: FieldErrors) -> str | None:
    """The custom body; None for the default payload, which a blank one means too."""
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
