"""Webhooks as TOML, for `webhooks export`, `edit` and `apply`, and the files of `webhooks.d/`.

    [[webhook]]
    name = "Jira"
    url = "https://jira.example.com/hook"
    events = ["issue.*"]
    conditions = [{ path = "data.urgency", op = "in", value = ["CR", "HI"] }]

A file has `[[webhook]]` tables with the API's keys (interfaces.md, Files). TOML has no null, so a
condition on a value with null in it has `json = 'null'` instead of `value = …`. Secrets and
credentials are never written: a comment marks their lines, and absent ones keep their stored value.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from math import isfinite
from typing import Any

import msgspec

from daemon.domain.problems import closest
from daemon.domain.webhooks.config import WebhookConfig
from daemon.domain.webhooks.masking import MASK, is_masked
from daemon.util.toml import LineIndex, TomlSyntaxError, inline, parse, text

TABLE = "webhook"
_FIRST = ("name", "url", "type")
_LAST = ("body_template",)
KEYS = (
    *_FIRST,
    *(key for key in WebhookConfig.__struct_fields__ if key not in (*_FIRST, *_LAST)),
    *_LAST,
)
"""The keys of a webhook, in the order in which they are written."""
_DEFAULTS: dict[str, Any] = {
    key: default
    for key, default in msgspec.json.decode(msgspec.json.encode(WebhookConfig("", "", ()))).items()
    if key not in {"name", "url", "events"}
}
_ROWS = frozenset({"conditions", "headers"})


class ParsedWebhook:
    """A webhook of a file as a form for the API; `line_of` finds the line of a field."""

    def __init__(self, form: dict[str, Any], index: int, places: LineIndex) -> None:
        self.form = form
        self._index = index
        self._places = places

    @property
    def line(self) -> int:
        """The line at which the webhook's table begins."""
        return self.line_of("")

    def line_of(self, field: str) -> int:
        """The line of a field given as the API names it, e.g. `headers.0.value`."""
        path = (int(key) if key.isdecimal() else key for key in field.split(".") if key)
        return self._places.line(TABLE, self._index, *path)


class WebhookFileProblem(Exception):
    """A file that cannot be read. `problems` has the line and the message of each error."""

    def __init__(self, problems: Iterable[tuple[int, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"line {line}: {message}" for line, message in self.problems))


def load_webhooks(document: str) -> list[ParsedWebhook]:
    """The webhooks of a file as forms. Only their syntax is checked.

    Raises WebhookFileProblem for text that is not TOML, for other tables, and for values that JSON
    does not have.
    """
    try:
        tables, places = parse(document)
    except TomlSyntaxError as error:
        raise WebhookFileProblem([(error.line, str(error))]) from None
    problems = [(places.line(name), _unknown_table(name)) for name in tables if name != TABLE]
    rows = tables.get(TABLE, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        problems.append((places.line(TABLE), f"write [[{TABLE}]], in double brackets"))
        rows = []
    parsed = []
    for index, row in enumerate(rows):
        found = ParsedWebhook(row, index, places)
        faults = list(_faults(row, ""))
        problems += [(found.line_of(field), f"{field} {message}") for field, message in faults]
        if not faults:
            found.form = _as_form(row)
            parsed.append(found)
    if problems:
        raise WebhookFileProblem(sorted(problems))
    return parsed


def _unknown_table(name: str) -> str:
    if closest(name, [TABLE]) or name in KEYS:
        return f"unknown key {name!r}; a webhook begins with [[{TABLE}]]"
    return f"unknown key {name!r}; the file may have only [[{TABLE}]] tables"


def _faults(value: Any, field: str) -> Iterable[tuple[str, str]]:
    """The fields with values that JSON does not have."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _faults(item, f"{field}.{key}".lstrip("."))
        if field.startswith("conditions.") and isinstance(value.get("json"), str):
            try:
                json.loads(value["json"])
            except (ValueError, RecursionError):
                yield f"{field}.json", "must be text that holds a JSON value"
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{field}.{index}")
    elif isinstance(value, datetime | date | time):
        yield field, "is a date without quotes; put quotes around it"
    elif isinstance(value, float) and not isfinite(value):
        yield field, "is not a number that JSON has"


def _as_form(row: dict[str, Any]) -> dict[str, Any]:
    """The table with its conditions' `json` read into `value`."""
    conditions = row.get("conditions")
    if not isinstance(conditions, list):
        return row
    return {**row, "conditions": [_condition(each) for each in conditions]}


def _condition(row: Any) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get("json"), str):
        return row
    rest = {key: value for key, value in row.items() if key != "json"}
    return {**rest, "value": json.loads(row["json"])}


def dump_webhooks(webhooks: Iterable[Mapping[str, Any]]) -> str:
    """A file with these webhooks, in the form of the API's answers; defaults are omitted."""
    return "\n".join(_table(webhook) for webhook in webhooks)


def _table(webhook: Mapping[str, Any]) -> str:
    lines = [f"[[{TABLE}]]"]
    shown = dict(webhook)
    # Only the keys that the webhook sets are its configuration, not the policy in effect.
    shown["retry"] = webhook.get("retry_set", webhook.get("retry", {}))
    for key in KEYS:
        value = shown.get(key, _DEFAULTS.get(key))
        if key == "secret":
            lines += _secret(value)
        elif key not in _DEFAULTS or value not in (_DEFAULTS[key], None):
            lines += _entry(key, value)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any) -> list[str]:
    if key in _ROWS:
        row = _header_row if key == "headers" else _condition_row
        return [f"{key} = [", *(f"  {row(each)}" for each in value), "]"]
    if key == "retry":
        value = {name: item for name, item in value.items() if item is not None}
    return [f"{key} = {text(value, lines=True) if key == 'body_template' else inline(value)}"]


def _secret(shown: Any) -> list[str]:
    if isinstance(shown, Mapping) and shown.get("set"):
        return [f"# secret = {_hint(shown.get('hint'))}  # left out, it stays as it is"]
    return []


def _hint(masked: Any) -> str:
    """The mask of a secret; a value that is not a mask is replaced by one."""
    return inline(masked if isinstance(masked, str) and is_masked(masked) else MASK)


def _header_row(header: Mapping[str, Any]) -> str:
    shown: dict[str, Any] = {"name": header["name"]}
    if not header.get("credential"):
        return f"{inline({**shown, 'value': header.get('value', '')})},"
    hint = _hint(header.get("value"))
    return f"{inline({**shown, 'credential': True})},  # value = {hint} left out, it stays as it is"


def _condition_row(condition: Mapping[str, Any]) -> str:
    row: dict[str, Any] = {"path": condition["path"], "op": condition["op"]}
    value = condition.get("value")
    if condition["op"] not in {"present", "missing"}:
        if _has_null(value):
            row["json"] = json.dumps(value, ensure_ascii=False)
        else:
            row["value"] = value
    return f"{inline(row)},"


def _has_null(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_null, value.values()))
    return any(map(_has_null, value)) if isinstance(value, list) else value is None
