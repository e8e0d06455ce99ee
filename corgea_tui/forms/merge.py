"""A conflict of two users who saved the same webhook: the differing fields, and the merged form."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from corgea_tui.forms.webhook_draft import ConditionRow, Draft, HeaderRow, SecretEntry
from daemon.domain.webhooks.masking import MASK

Side = Literal["theirs", "yours"]

LABELS: Mapping[str, str] = {
    "name": "Name",
    "url": "URL",
    "type": "Type",
    "events": "Events",
    "projects": "Projects",
    "statuses": "Statuses",
    "conditions": "Conditions",
    "secret": "Secret",
    "standard_webhooks": "Standard Webhooks",
    "headers": "Headers",
    "body_template": "Body",
    "schedule": "Retry after",
    "timeout": "Timeout",
    "concurrency": "Concurrency",
    "rate": "Rate limit",
}
"""The saved fields with their labels, in the order of the form."""

NOTHING = "–"


@dataclass(frozen=True)
class Divergence:
    """A field in which the two users differ. `by`: who changed it since the common start."""

    field: str
    theirs: str
    yours: str
    by: Literal["them", "you", "both"]

    @property
    def proposed(self) -> Side:
        """The initial choice: the side that changed the field, or yours."""
        return "theirs" if self.by == "them" else "yours"


def divergences(base: Draft, mine: Draft, theirs: Draft) -> list[Divergence]:
    """The fields in which `mine` differs from `theirs`; both started from `base`."""
    found = []
    for name in LABELS:
        old, ours, other = (getattr(draft, name) for draft in (base, mine, theirs))
        if ours == other:
            continue
        by: Literal["them", "you", "both"] = "both"
        if ours == old:
            by = "them"
        elif other == old:
            by = "you"
        found.append(Divergence(name, in_words(other), in_words(ours), by))
    return found


def merged(mine: Draft, theirs: Draft, sides: Mapping[str, Side]) -> Draft:
    """Their form with the chosen fields of mine."""
    return replace(
        mine,
        **{name: getattr(mine if sides.get(name) == "yours" else theirs, name) for name in LABELS},
    )


def in_words(value: object) -> str:
    """A field's value as text, which may have several lines."""
    match value:
        case bool():
            words = "on" if value else "off"
        case str():
            words = value
        case SecretEntry():
            words = _secret(value)
        case HeaderRow():
            words = _header(value)
        case ConditionRow():
            words = f"{value.path} {value.op} {value.value}".rstrip()
        case tuple():
            between = ", " if all(isinstance(each, str) for each in value) else "\n"
            words = between.join(map(in_words, value))
        case _:
            words = ""
    return words or NOTHING


def _header(row: HeaderRow) -> str:
    if not row.value:
        return f"{row.name}: {row.kept or NOTHING}"
    return f"{row.name}: {MASK if row.hidden else row.prefix + row.value}"


def _secret(secret: SecretEntry) -> str:
    if secret.choice == "set" and secret.typed:
        return "a new one"
    if secret.choice == "remove" or secret.hint is None:
        return "none"
    return secret.hint
