"""What has been entered in the form of a webhook: texts as they were typed, nothing checked."""

import base64
import secrets
from dataclasses import dataclass, replace
from typing import Literal

from corgea_tui.forms.text import format_list
from daemon.domain.deliveries.signature import STANDARD_PREFIX
from daemon.domain.matching.conditions import format_value
from daemon.domain.webhooks.masking import names_credential
from daemon.protocol import ConditionView, HeaderView, Webhook

ONCE = "once"
"""How an empty schedule is typed: a single try."""


@dataclass(frozen=True)
class ConditionRow:
    """A row of conditions. One without path and value is not there."""

    path: str = ""
    op: str = "="
    value: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was entered."""
        return not self.path.strip() and not self.value.strip()


@dataclass(frozen=True)
class HeaderRow:
    """A row of headers.

    `kept` is what is shown of a stored credential, which stays unless a value is typed. `prefix`
    stands before the typed value (`Bearer `); `hint` says where to get that.
    """

    name: str = ""
    value: str = ""
    credential: bool = False
    kept: str | None = None
    prefix: str = ""
    hint: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was entered."""
        return not self.name.strip() and not self.value and self.kept is None

    @property
    def hidden(self) -> bool:
        """Whether the value is typed hidden."""
        return self.credential or names_credential(self.name)


@dataclass(frozen=True)
class SecretEntry:
    """The secret: `hint` is all that is shown of the stored one, None when there is none."""

    hint: str | None = None
    choice: Literal["keep", "set", "remove"] = "keep"
    typed: str = ""

    @property
    def present(self) -> bool:
        """Whether the webhook will have a secret."""
        if self.choice == "set" and self.typed:
            return True
        return self.hint is not None and self.choice != "remove"


@dataclass(frozen=True)
class BlankEntry:
    """A gap in a destination's template that only the user can fill."""

    title: str
    hint: str
    secret: bool
    value: str = ""


@dataclass(frozen=True)
class Draft:
    """The form. Each field is one field of the form, by its key."""

    name: str = ""
    url: str = ""
    type: str = "other"
    events: tuple[str, ...] = ()
    projects: str = ""
    statuses: tuple[str, ...] = ()
    conditions: tuple[ConditionRow, ...] = ()
    secret: SecretEntry = SecretEntry()
    headers: tuple[HeaderRow, ...] = ()
    body_template: str = ""
    standard_webhooks: bool = False
    schedule: str = ""
    timeout: str = ""
    concurrency: str = ""
    rate: str = ""
    destination: str = ""
    """The kind of the guide that was chosen; it only fills in, and is not saved."""
    blanks: tuple[BlankEntry, ...] = ()


def draft_of(webhook: Webhook) -> Draft:
    """The form filled with a webhook as it is shown."""
    retry = webhook.retry_set
    return Draft(
        name=webhook.name,
        url=webhook.url,
        type=webhook.type,
        events=tuple(webhook.events),
        projects=format_list(tuple(webhook.projects)),
        statuses=tuple(webhook.statuses),
        conditions=tuple(map(_condition_row, webhook.conditions)),
        secret=SecretEntry(webhook.secret.hint or "••••" if webhook.secret.set else None),
        headers=tuple(map(_header_row, webhook.headers)),
        body_template=webhook.body_template or "",
        standard_webhooks=webhook.standard_webhooks,
        schedule=schedule_text(retry.get("schedule")),
        timeout=number_text(retry.get("timeout")),
        concurrency=number_text(retry.get("concurrency")),
        rate=number_text(retry.get("rate")),
    )


def duplicate_of(webhook: Webhook, taken: frozenset[str]) -> Draft:
    """The form of another webhook like this one. Secret and credentials are not known, so not kept.

    `taken` are the names that there are.
    """
    draft = draft_of(webhook)
    bare = tuple(replace(row, kept=None) for row in draft.headers)
    return replace(draft, name=_free(webhook.name, taken), secret=SecretEntry(), headers=bare)


def schedule_text(waits: object) -> str:
    """Waits in seconds as they are typed: `2, 4`; nothing where the settings decide."""
    if not isinstance(waits, list | tuple):
        return ""
    return ", ".join(map(number_text, waits)) or ONCE


def number_text(number: object) -> str:
    """A number as it is typed; nothing where the settings decide."""
    return f"{number:.12g}" if isinstance(number, int | float) else ""


def _condition_row(shown: ConditionView) -> ConditionRow:
    return ConditionRow(shown.path, shown.op, format_value(shown.op, shown.value))


def _header_row(shown: HeaderView) -> HeaderRow:
    if shown.credential:
        return HeaderRow(shown.name, "", credential=True, kept=shown.value)
    return HeaderRow(shown.name, shown.value)


def _free(name: str, taken: frozenset[str]) -> str:
    for number in range(1, len(taken) + 2):
        candidate = f"{name} copy" if number == 1 else f"{name} copy {number}"
        if candidate not in taken:
            return candidate
    raise AssertionError("one of n + 1 names is not among n")  # pragma: no cover


_BYTES = 32


def new_secret(*, standard: bool) -> str:
    """A random secret; `standard`: as Standard Webhooks spells them."""
    if standard:
        return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return secrets.token_urlsafe(_BYTES)
