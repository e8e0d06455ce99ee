"""The entered values of a webhook's form: the typed texts, without validation."""

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
"""The text for an empty schedule: a single attempt."""


@dataclass(frozen=True)
class ConditionRow:
    """A row of conditions. A row without path and value is ignored."""

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

    `kept` is the mask of a stored credential, which stays unless a value is typed. `prefix` is sent
    before the typed value (`Bearer `); `hint` says where to find the value.
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
    """The secret: `hint` is the mask of the stored secret, None when there is none."""

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
    """A blank in a destination's template that only the user can fill in."""

    title: str
    hint: str
    secret: bool
    value: str = ""


@dataclass(frozen=True)
class Draft:
    """The form: a value for each field, by its key."""

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
    """The kind of the chosen destination; it only fills in other fields and is not saved."""
    blanks: tuple[BlankEntry, ...] = ()


def draft_of(webhook: Webhook) -> Draft:
    """The form filled with a stored webhook."""
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
    """The form of a copy of a webhook, without its secret and credentials: they are not known here.

    `taken` are the names of all webhooks.
    """
    draft = draft_of(webhook)
    headers = tuple(replace(row, kept=None) for row in draft.headers)
    return replace(draft, name=_free(webhook.name, taken), secret=SecretEntry(), headers=headers)


def schedule_text(waits: object) -> str:
    """Waits in seconds as typed text: `2, 4`; empty where the settings apply."""
    if not isinstance(waits, list | tuple):
        return ""
    return ", ".join(map(number_text, waits)) or ONCE


def number_text(number: object) -> str:
    """A number as typed text; empty where the settings apply."""
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
    """A random secret; `standard`: in the format of Standard Webhooks."""
    if standard:
        return STANDARD_PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return secrets.token_urlsafe(_BYTES)
