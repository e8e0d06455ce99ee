"""The parts of the Daemon screen as lines: settings, connected programs, log, audit."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.text.words import ago, count
from corgea_tui.views.details.daemon_health import size_words
from corgea_tui.views.details.lines import Line, quiet
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import AuditEntry, DaemonInfo, LogLine, Peer

NAME = 24
"""Cells for the names of settings."""
VALUE = 300
"""Characters of a setting's value that are shown."""
SECONDS = frozenset({"timeout", "retry_after_max", "drain", "schedule"})
ABSENT = {
    "store.url": "in the data folder",
    "store.retention_days": "for ever",
    "store.retention_bytes": "no limit",
    "network.ca_file": "the system's alone",
    "access.group": "the daemon's own user alone",
}
"""The meaning of an absent setting, where it is not `none`."""
WHO, ROLE, PROCESS, SINCE = 16, 9, 9, 9
"""Cells for the columns of the connected programs."""
KEPT = 500
"""Lines of the log that are held; as many as the daemon keeps."""
LEVEL = 8
STYLES = {"error": "bad", "critical": "bad", "warning": "warn", "info": "", "debug": "quiet"}
LOGIN, ACTION, FIELD = 12, 20, 22
"""Cells for the columns of the audit."""
SHOWN = 120
"""Characters of an audit value that are shown."""
CHANGES = 12
"""Changes of one audit entry that are shown."""
DEEPEST = 4
"""Levels of an object that are compared value by value; deeper objects are compared as a whole."""
NOTHING = "–"

Program = tuple[str, int, int, str]
"""Login, user id, process id and role."""


def settings_lines(info: DaemonInfo) -> list[Line]:
    """Every setting; `◆` marks a changed setting, with its default beside it."""
    lines: list[Line] = [quiet("◆ is not at its default"), ()] if info.settings_changed else []
    for section, keys in info.settings.items():
        lines.append((Cell(f"  [{safe_line(section, 40)}]", "head"),))
        lines += [_setting(f"{section}.{key}", value, info) for key, value in _items(keys)]
        lines.append(())
    return lines or [quiet("the daemon sent no settings")]


def _items(keys: Any) -> Sequence[tuple[str, Any]]:
    """The keys of a section; a newer daemon may send a value of another type."""
    return list(keys.items()) if isinstance(keys, Mapping) else [("", keys)]


def _setting(path: str, value: Any, info: DaemonInfo) -> Line:
    name = safe_line(path.partition(".")[2], 40)
    words = value_words(path, value)
    if path not in info.settings_changed:
        return (Cell(f"    {name:<{NAME}}", "quiet"), Cell(words))
    default = value_words(path, info.settings_changed[path])
    return (
        Cell("  ◆ ", "accent"),
        Cell(f"{name:<{NAME}}"),
        Cell(words, "strong"),
        Cell(f"   default: {default}", "quiet"),
    )


def value_words(path: str, value: Any) -> str:
    """A setting's value for people, with its unit. `path` is `section.key`."""
    key = path.partition(".")[2]
    if value is None:
        return ABSENT.get(path, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value)
    if isinstance(value, Mapping):
        shown = [f"{name} = {_plain(each)}" for name, each in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str):
        shown = [value_words(path, each) if _is_number(each) else _named(each) for each in value]
    else:
        return safe_line(str(value), VALUE)
    return safe_line(", ".join(shown), VALUE) or "none"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(key: str, value: float) -> str:
    if key in SECONDS:
        return f"{value:g} s"
    if key.endswith("_bytes"):
        return size_words(value)
    if key.endswith("_days"):
        return f"{value:g} days"
    return f"{value:,}"


def _named(value: Any) -> str:
    """The name of an item, or the item itself."""
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        return str(value["name"])
    return _plain(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def people_lines(peers: Iterable[Peer], now: datetime, own: int | None) -> list[Line]:
    """The connected programs, watching ones first. `own`: this app's process, if comparable."""
    ordered = sorted(peers, key=_program)
    programs = [list(group) for _, group in groupby(ordered, key=_program)]
    if not programs:
        return [quiet("no connections")]
    programs.sort(key=lambda group: (not any(p.watching for p in group), _earliest(group)))
    head = f"  {'who':<{WHO}}{'role':<{ROLE}}{'process':>{PROCESS}}  {'since':<{SINCE}}"
    return [(Cell(head, "head"),), *(_program_line(group, now, own) for group in programs)]


def _program(peer: Peer) -> Program:
    return (peer.login, peer.uid, peer.pid, peer.role)


def _program_line(group: Sequence[Peer], now: datetime, own: int | None) -> Line:
    login, _, pid, role = _program(group[0])
    since = _earliest(group)
    process = f"{pid}" if pid else "elsewhere"
    return (
        Cell("  "),
        Cell(pad(safe_line(login, 60), WHO - 1) + " ", "strong"),
        Cell(f"{role:<{ROLE}}"),
        Cell(f"{process:>{PROCESS}}  "),
        Cell(f"{moment(since, now):<{SINCE}}", "quiet"),
        Cell(f" {_doing(group)}"),
        Cell(f" · {ago(since, now).removesuffix(' ago')}", "quiet"),
        Cell("   this app" if own is not None and pid == own else "", "accent"),
    )


def _earliest(group: Sequence[Peer]) -> str:
    return min(peer.since for peer in group)


def _doing(group: Sequence[Peer]) -> str:
    """The activity of a program, e.g. `watching, 3 connections to control`."""
    watching = ["watching"] if any(peer.watching for peer in group) else []
    sockets = Counter(peer.socket for peer in group)
    held = [f"{count(many, 'connection')} to {socket}" for socket, many in sorted(sockets.items())]
    return ", ".join(watching + held)


def joined(held: Sequence[LogLine], newest: Sequence[LogLine]) -> list[LogLine] | None:
    """The held and the new lines, oldest first; None when lines between them are missing.

    `held` is oldest first; `newest` is newest first, as the daemon sends it.
    """
    fresh = list(reversed(newest))
    if not held:
        return fresh[-KEPT:]
    for end in range(min(len(fresh), len(held)), 0, -1):
        if list(held[-end:]) == fresh[:end]:
            return [*held, *fresh[end:]][-KEPT:]
    return None


def log_lines(lines: Iterable[LogLine], now: datetime) -> list[Line]:
    """The lines of the log, oldest first."""
    return [_log_line(each, now) for each in lines]


def _log_line(line: LogLine, now: datetime) -> Line:
    style = STYLES.get(line.level, "warn")
    return (
        Cell(f"  {moment(line.at, now):>8}  ", "quiet"),
        Cell(f"{safe_line(line.level, LEVEL - 1):<{LEVEL}} ", style or "quiet"),
        Cell(safe_line(line.message, KEPT), style),
        Cell(f"   {safe_line(line.logger.removeprefix('daemon.'), 40)}", "quiet"),
    )


def narrowed(lines: Iterable[Line], text: str) -> list[Line]:
    """The lines that contain every word of `text`, in any case, and no word after a `-`."""
    words = text.casefold().split()
    required = [word for word in words if not word.startswith("-")]
    excluded = [word[1:] for word in words if len(word) > 1 and word.startswith("-")]
    found = []
    for line in lines:
        shown = "".join(cell.text for cell in line).casefold()
        if all(word in shown for word in required) and not any(word in shown for word in excluded):
            found.append(line)
    return found


def audit_lines(entries: Iterable[AuditEntry], now: datetime) -> list[Line]:
    """Every entry with its changes."""
    lines: list[Line] = []
    for entry in entries:
        lines += _entry(entry, now)
    return lines or [quiet("the audit is empty")]


def _entry(entry: AuditEntry, now: datetime) -> Iterator[Line]:
    yield (
        Cell(f"  {moment(entry.at, now):>8}  ", "quiet"),
        Cell(pad(safe_line(entry.login, 40), LOGIN) + " ", "name"),
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
    """The differing values of two objects, by path; None: missing."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        (path, old.get(path), new.get(path))
        for path in {**new, **old}
        if old.get(path) != new.get(path)
    ]


def _leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every value of an object by its path, without empty ones."""
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
