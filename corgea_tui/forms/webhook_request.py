"""The request of a webhook's form, and the mapping of its errors back to the fields."""

from dataclasses import dataclass
from typing import Any

from corgea_tui.forms.text import read_list
from corgea_tui.forms.webhook_draft import ONCE, Draft, HeaderRow
from daemon.domain.destinations import fill_blanks, guide
from daemon.domain.matching.conditions import read_value

RETRY = ("schedule", "timeout", "concurrency", "rate")
ROWS = ("conditions", "headers")


@dataclass(frozen=True)
class Request:
    """The body of a save. Blank rows are left out, so rows of the form are not rows of the body."""

    form: dict[str, Any]
    rows: dict[str, tuple[int, ...]]

    def field(self, path: str) -> str:
        """The field of the form that a path of the body belongs to, e.g. `headers.1.value`."""
        head, *rest = path.split(".")
        if head == "retry":
            return rest[0] if rest else "schedule"
        if head in ROWS and rest and rest[0].isdecimal() and int(rest[0]) < len(self.rows[head]):
            position = self.rows[head][int(rest[0])]
            return ".".join((head, str(position), *rest[1:2]))
        return path if head == "blanks" else head


def request_of(draft: Draft) -> Request:
    """The request that saves the form."""
    conditions = [(at, row) for at, row in enumerate(draft.conditions) if not row.blank]
    headers = [(at, row) for at, row in enumerate(draft.headers) if not row.blank]
    form: dict[str, Any] = {
        "name": draft.name,
        "url": draft.url,
        "type": draft.type,
        "events": list(draft.events),
        "projects": list(read_list(draft.projects)),
        "statuses": list(draft.statuses),
        "conditions": [
            {"path": row.path.strip(), "op": row.op, "value": read_value(row.op, row.value)}
            for _, row in conditions
        ],
        "headers": [_header(row) for _, row in headers],
        "body_template": body_of(draft),
        "standard_webhooks": draft.standard_webhooks,
        "retry": _retry(draft),
    }
    secret = draft.secret
    if secret.choice == "remove":
        form["secret"] = None
    elif secret.choice == "set" and secret.typed:
        form["secret"] = secret.typed
    return Request(
        form,
        {
            "conditions": tuple(at for at, _ in conditions),
            "headers": tuple(at for at, _ in headers),
        },
    )


def body_of(draft: Draft) -> str | None:
    """The template with the filled-in blanks; None for the default payload."""
    text = draft.body_template
    if draft.destination and draft.blanks:
        values = {blank.title: blank.value for blank in draft.blanks if blank.value}
        text = fill_blanks(guide(draft.destination), text, values)
    return text if text.strip() else None


def _header(row: HeaderRow) -> dict[str, Any]:
    sent: dict[str, Any] = {"name": row.name.strip(), "credential": row.credential}
    if row.value or row.kept is None:
        sent["value"] = row.prefix + row.value if row.value else ""
    return sent


def _retry(draft: Draft) -> dict[str, Any]:
    typed = {key: getattr(draft, key).strip() for key in RETRY}
    retry: dict[str, Any] = {key: _number(text) for key, text in typed.items() if text}
    if waits := typed["schedule"]:
        retry["schedule"] = [] if waits == ONCE else list(map(_number, read_list(waits)))
    return retry


def _number(text: str) -> object:
    """The typed number; the text when it is not a number, which validation rejects."""
    try:
        return int(text) if text.isascii() and text.isdigit() else float(text)
    except ValueError:
        return text
