"""The audit as lines to read: who did what, and below it what that changed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.views.details.lines import Line, quiet
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import AuditEntry

WHO, ACTION, FIELD = 12, 20, 22
SHOWN = 120
"""Characters of a value that are shown."""
CHANGES = 12
"""Changes of one entry that are shown."""
DEEPEST = 4
"""Levels of an object that are looked into; what lies deeper is compared as a whole."""
NOTHING = "–"


def audit_lines(entries: Iterable[AuditEntry], now: datetime) -> list[Line]:
    """Every entry with its difference."""
    lines: list[Line] = []
    for entry in entries:
        lines += _entry(entry, now)
    return lines or [quiet("nobody has done anything yet")]


def _entry(entry: AuditEntry, now: datetime) -> Iterator[Line]:
    yield (
        Cell(f"  {moment(entry.at, now):>8}  ", "quiet"),
        Cell(pad(safe_line(entry.login, 40), WHO) + " ", "name"),
        Cell(pad(safe_line(entry.action, 40), ACTION) + " "),
        Cell(safe_line(entry.target, SHOWN), "strong"),
    )
    changes = differences(entry.before, entry.after)
    for field, before, after in changes[:CHANGES]:
        name = Cell(f"{'':12}{pad(safe_line(field, 60), FIELD)} ", "quiet")
        yield (name, *_change(before, after))
    if (more := len(changes) - CHANGES) > 0:
        yield (Cell(f"{'':12}… {more} more", "quiet"),)


def _change(before: Any, after: Any) -> Line:
    if isinstance(before, list) and isinstance(after, list):
        gone = [each for each in before if each not in after]
        new = [each for each in after if each not in before]
        cells = [Cell(f"- {_words(each)}  ", "bad") for each in gone]
        cells += [Cell(f"+ {_words(each)}  ", "good") for each in new]
        return tuple(cells) or (Cell("other order", "quiet"),)
    if before is None:
        return (Cell(f"+ {_words(after)}", "good"),)
    if after is None:
        return (Cell(f"- {_words(before)}", "bad"),)
    return (Cell(_words(before), "bad"), Cell(" → ", "quiet"), Cell(_words(after), "good"))


def differences(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    """What differs between two objects, by the path of each value; None: not there."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        (path, old.get(path), new.get(path))
        for path in {**new, **old}
        if old.get(path) != new.get(path)
    ]


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value of an object by its path; what is empty counts as not there."""
    if isinstance(value, Mapping) and depth < DEEPEST:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key), depth + 1)
    elif value not in (None, "", [], {}):
        yield path, value


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8")
    return safe_line(text, SHOWN) or NOTHING
