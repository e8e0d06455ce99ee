"""Custom headers: rows of name, value and whether it is a credential (rules.md §2)."""

import re
from collections.abc import Iterable

from daemon.domain.configuration.fields.complaints import FieldErrors, rows, switch
from daemon.domain.problems import quoted
from daemon.domain.webhooks.config import Header
from daemon.domain.webhooks.masking import is_credential, is_masked, names_credential

_MOST = 50
_LONGEST_NAME = 128
_LONGEST_VALUE = 8000
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_KEYS = ("name", "value", "credential")

RESERVED = frozenset(
    {
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "accept-encoding",
        "expect",
        "te",
        "trailer",
        "upgrade",
        "user-agent",
    }
)
RESERVED_PREFIXES = ("proxy-", "x-corgea-", "webhook-")


def read_headers(
    value: object, stored: Iterable[Header], complaints: FieldErrors
) -> tuple[Header, ...]:
    """The rows of a form. A row without a value keeps the `stored` one of the same name."""
    kept = {header.name.lower(): header for header in stored}
    found: dict[str, Header] = {}
    example = '[{"name": "Authorization", "value": "Bearer …"}]'
    for path, row in rows(value, "headers", complaints, example):
        header = _read_row(row, path, kept, complaints)
        if header is None:
            continue
        if header.name.lower() in found:
            complaints.add(f"{path}.name", f"{header.name} is there twice: send it once")
        found[header.name.lower()] = header
    if len(found) > _MOST:
        complaints.add("headers", f"are more than {_MOST}")
    return tuple(found.values())


def _read_row(
    row: object, path: str, kept: dict[str, Header], complaints: FieldErrors
) -> Header | None:
    if not isinstance(row, dict):
        complaints.add(path, 'must be an object with "name" and "value"')
        return None
    complaints.unknown_keys(row, _KEYS, "key of a header", f"{path}.")
    name, value = row.get("name"), row.get("value")
    misnamed = name_problem(name)
    unfit = None if value is None else value_problem(value)
    for key, problem in (("name", misnamed), ("value", unfit)):
        if problem is not None:
            complaints.add(f"{path}.{key}", problem)
    if misnamed is not None or not isinstance(name, str):
        return None
    marked = switch(row.get("credential"), f"{path}.credential", complaints)
    if value is None:
        return _kept_row(name, row, path, kept.get(name.lower()), complaints)
    if unfit is not None or not isinstance(value, str):
        return Header(name, "", marked)
    return Header(name, value, marked or names_credential(name))


def _kept_row(
    name: str,
    row: dict[object, object],
    path: str,
    stored: Header | None,
    complaints: FieldErrors,
) -> Header:
    """A row that keeps its value; what was a credential stays one, or its value would be shown."""
    if stored is None:
        complaints.add(f"{path}.value", "is missing, and no value of that name is stored: give one")
        return Header(name, "")
    credential = is_credential(stored)
    if credential and row.get("credential") is False and not names_credential(name):
        complaints.add(
            f"{path}.credential", "is kept as a credential: to show the value, give it anew"
        )
    return Header(name, stored.value, credential or row.get("credential") is True)


def name_problem(name: object) -> str | None:
    """Why a header cannot have this name; None when it can."""
    if not isinstance(name, str) or not name:
        return "is missing: name the header"
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        return f"{quoted(name)} is no header name: letters, digits and - make one"
    lower = name.lower()
    if lower in RESERVED or lower.startswith(RESERVED_PREFIXES):
        return f"{name} is set by the delivery itself and cannot be chosen"
    return None


def value_problem(value: object) -> str | None:
    """Why a header cannot have this value; None when it can. Repeats nothing of the value."""
    if not isinstance(value, str):
        return "must be a string"
    if is_masked(value):
        return "is the masked form: leave value out to keep what is stored, or give it whole"
    if not value:
        return "is empty: give a value or leave the header out"
    if len(value) > _LONGEST_VALUE:
        return f"is longer than {_LONGEST_VALUE} characters"
    if not _VALUE.fullmatch(value):
        return "may hold visible ASCII with spaces between, no line breaks and nothing else"
    return None
