"""Who is connected to the daemon: a line a program, however many connections it holds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell, pad
from corgea_tui.text.words import ago, count
from corgea_tui.views.details.lines import Line, quiet
from corgea_tui.views.rows.feed_rows import moment
from daemon.protocol import Peer

WHO, ROLE, PROCESS, SINCE = 16, 9, 9, 9
Program = tuple[str, int, int, str]


def people_lines(peers: Iterable[Peer], now: datetime, own: int | None) -> list[Line]:
    """The programs, those that watch first. `own`: this app's process, where it is comparable."""
    ordered = sorted(peers, key=_program)
    programs = [list(group) for _, group in groupby(ordered, key=_program)]
    if not programs:
        return [quiet("nobody is connected")]
    programs.sort(key=lambda group: (not any(p.watching for p in group), _earliest(group)))
    head = f"  {'who':<{WHO}}{'role':<{ROLE}}{'process':>{PROCESS}}  {'since':<{SINCE}}"
    return [(Cell(head, "head"),), *(_line(group, now, own) for group in programs)]


def _program(peer: Peer) -> Program:
    return (peer.login, peer.uid, peer.pid, peer.role)


def _line(group: Sequence[Peer], now: datetime, own: int | None) -> Line:
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
    """What it does here, e.g. `watching, 3 connections to control`."""
    watching = ["watching"] if any(peer.watching for peer in group) else []
    sockets = Counter(peer.socket for peer in group)
    held = [f"{count(many, 'connection')} to {socket}" for socket, many in sorted(sockets.items())]
    return ", ".join(watching + held)
