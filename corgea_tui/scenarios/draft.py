"""An event made from a sample and the caller's changes.

Numbers keep their typed spelling (`1.10` stays `1.10`), as in the daemon.
"""

from decimal import Decimal
from typing import Any

import msgspec

from corgea_tui.client.errors import Usage

OWN_KEYS = ("event_id", "event_type", "timestamp", "data")
SETTABLE = ("data", "timestamp", "event_id")

_DECODER = msgspec.json.Decoder(float_hook=Decimal)

Event = dict[str, Any]


def read_json(text: str | bytes, where: str) -> Any:
    """`text` as JSON; raises `Usage`, naming its source `where`."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Usage(f"{where} is not JSON: {error}") from None


def new(event_type: str, sample_data: dict[str, Any]) -> Event:
    """An event of this type; the daemon sets its id and time."""
    return {"event_type": event_type, "data": sample_data}


def with_data(event: Event, given: Any, where: str) -> Event:
    """`event` with other data: a `data` object, or a whole event of the same type."""
    if not isinstance(given, dict):
        raise Usage(f"{where} must be a JSON object, this is {_kind(given)}")
    if not is_whole(given):
        return {**event, "data": given}
    if given["event_type"] != event["event_type"]:
        raise Usage(
            f"{where} holds a {given['event_type']} event, but the command is for"
            f" {event['event_type']}"
        )
    return dict(given)


def with_project(event: Event, project: str) -> Event:
    """`event` in another project, given as `ID` or `ID:NAME`."""
    identity, _, name = project.partition(":")
    if not identity:
        raise Usage("--project takes ID or ID:NAME")
    return {
        **event,
        "data": {**event["data"], "project": {"id": identity, "name": name or identity}},
    }


def with_setting(event: Event, setting: str) -> Event:
    """`event` with one value set: `data.issues_found=3`, `data.scan_errors.0.level=warn`.

    A value that is JSON is read as JSON (`3`, `true`, `null`, `{"a":1}`, `"3"`), any other as text.
    Missing objects are made; in a list, the index after the last element adds one.
    """
    path, equals, text = setting.partition("=")
    keys = path.split(".")
    if not equals:
        raise Usage(f"--set {setting}: write PATH=VALUE, e.g. data.issues_found=3")
    if keys[0] not in SETTABLE or (keys[0] == "data") == (len(keys) == 1) or "" in keys:
        raise Usage(f"--set {setting}: {_advice(path)}")
    if keys[0] != "data":
        return {**event, keys[0]: text}
    placed: Event = _placed(event, keys, typed(text), setting)
    return placed


def typed(text: str) -> Any:
    """The value of `text`: read as JSON if possible, else the text."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return text


def _placed(node: Any, keys: list[str], value: Any, setting: str) -> Any:
    """A copy of `node` with `value` at `keys`."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(node, list):
        return _placed_in_list(node, key, rest, value, setting)
    if not isinstance(node, dict):
        node = {}
    return {**node, key: _placed(node.get(key), rest, value, setting)}


def _placed_in_list(node: list[Any], key: str, rest: list[str], value: Any, setting: str) -> Any:
    if not key.isdecimal() or int(key) > len(node):
        raise Usage(
            f"--set {setting}: {key} is not an index of a list of {len(node)};"
            f" write 0 to {len(node)}, where {len(node)} adds an element"
        )
    index = int(key)
    before = node[index] if index < len(node) else None
    return [*node[:index], _placed(before, rest, value, setting), *node[index + 1 :]]


def is_whole(given: dict[str, Any]) -> bool:
    """Whether `given` is a whole event, not only the data of one."""
    return set(given) <= set(OWN_KEYS) and "event_type" in given and "data" in given


def _advice(path: str) -> str:
    if path == "data":
        return "the whole data is given with --data"
    first = path.partition(".")[0]
    if first in {"timestamp", "event_id"}:
        return f"{first} has no parts"
    return f"a path starts with data. (did you mean data.{path.strip('.')}?)"


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")
