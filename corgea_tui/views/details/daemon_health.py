"""The health of the daemon as lines: its problems first, then its facts."""

from datetime import datetime

from corgea_tui.client.updates import LinkState, Phase
from corgea_tui.text.facts import wrapped
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import ago, clock, count
from corgea_tui.views.details.lines import Line
from corgea_tui.views.plots.chart import width_of
from daemon.protocol import ApiRange, DaemonInfo, Queues, SettingProblem, StoreInfo

PROBLEMS = 6
"""The most errors of files that are shown; `corgea-daemon check` lists all of them."""
LABEL = 10
"""Columns for the labels at the left."""
MARK = 4
"""Columns for the mark at the left."""
NARROWEST = 12
UNIT = 1024
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def health_lines(info: DaemonInfo, link: LinkState, now: datetime, width: int) -> list[Line]:
    """The problems, then the facts. `info` may be older than the loss of the link."""
    lines = trouble_lines(info, width)
    mark, words = _alive(info, link, now)
    lines += folded((Cell(f"  {mark.text} ", mark.style),), words, width)
    for name, cell in _facts(info):
        lines += folded((Cell(f"  {name:<{LABEL}}", "quiet"),), cell, width)
    return lines


def folded(lead: Line, cell: Cell, width: int) -> list[Line]:
    """A cell after its lead, wrapped at words and indented to the lead's width."""
    indent = width_of(lead)
    first, *rest = wrapped(cell.text, max(width - indent, NARROWEST))
    more = [(Cell(" " * indent), Cell(text, cell.style)) for text in rest]
    return [(*lead, Cell(first, cell.style)), *more]


def unknown_lines(link: LinkState, width: int) -> list[Line]:
    """The lines before the daemon's first answer."""
    reason = safe_line(link.reason)
    if link.phase in {Phase.CONNECTING, Phase.CONNECTED}:
        return [(Cell("  ◌ ", "warn"), Cell(f"{reason or 'connecting'} …", "quiet"))]
    words_of = {
        Phase.LOST: "no daemon answers",
        Phase.REFUSED: "the daemon refuses",
        Phase.MISMATCH: "app and daemon have no common protocol",
    }
    if link.phase is Phase.LOST:
        hint = Cell("`corgea-daemon run` starts one, on the daemon's machine", "quiet")
        lead = (Cell(" " * MARK),)
        return [*_trouble(reason or words_of[link.phase], width), *folded(lead, hint, width)]
    return _trouble(": ".join(filter(None, (words_of[link.phase], reason))), width)


def trouble_lines(info: DaemonInfo, width: int) -> list[Line]:
    """The problems that a user has to fix: of the store first, then of the files."""
    lines: list[Line] = []
    if info.store.problem is not None:
        lines += _trouble(safe_line(info.store.problem), width)
    for each in info.settings_errors[:PROBLEMS]:
        lines += _trouble(problem_words(each), width)
    if (more := len(info.settings_errors) - PROBLEMS) > 0:
        lines += _trouble(f"{more} more; `corgea-daemon check` lists all of them", width)
    if info.settings_errors:
        note = Cell("until they are fixed, the previous settings stay in effect", "quiet")
        lines += folded((Cell(" " * MARK),), note, width)
    return [*lines, ()] if lines else []


def problem_words(problem: SettingProblem) -> str:
    """An error in the format of editors, `FILE:LINE: message`."""
    line = "" if problem.line is None else f":{problem.line}"
    return safe_line(f"{problem.file}{line}: {problem.message}")


def _trouble(words: str, width: int) -> list[Line]:
    return folded((Cell("  ✖ ", "bad"),), Cell(words, "bad"), width)


def _alive(info: DaemonInfo, link: LinkState, now: datetime) -> tuple[Cell, Cell]:
    since = clock(info.started_at, now)
    if not link.connected:
        words = f"not known whether it is alive; these facts are old; it was started at {since}"
        return Cell("?", "warn"), Cell(words, "warn")
    running = ago(info.started_at, now).removesuffix(" ago")
    return Cell("✔", "good"), Cell(f"alive for {running}, since {since}", "strong")


def _facts(info: DaemonInfo) -> list[tuple[str, Cell]]:
    return [
        ("traffic", _traffic(info.queues)),
        ("webhooks", _webhooks(info.queues)),
        ("store", _store(info.store)),
        ("version", _version(info)),
        ("you", Cell(f"{safe_line(info.login, 40)}, {info.role} here")),
    ]


def _traffic(queues: Queues) -> Cell:
    waiting = f"{queues.waiting:,} waiting · {queues.in_flight:,} in flight"
    events, deliveries = queues.events_per_second, queues.deliveries_per_second
    return Cell(f"{waiting} · {events:.1f} events/s · {deliveries:.1f} deliveries/s")


def _webhooks(queues: Queues) -> Cell:
    failing, paused = queues.failing_webhooks, queues.paused_webhooks
    if failing:
        return Cell(f"✖ {failing} failing · {paused} paused", "bad")
    if paused:
        return Cell(f"‖ {paused} paused, none failing", "warn")
    return Cell("✔ none failing, none paused", "good")


def _store(store: StoreInfo) -> Cell:
    kept = f"{count(store.events, 'event')} · {count(store.deliveries, 'delivery', 'deliveries')}"
    sqlite = safe_line(store.sqlite_version, 20)
    return Cell(f"{size_words(store.bytes)} · {kept} · SQLite {sqlite} · {safe_line(store.url)}")


def _version(info: DaemonInfo) -> Cell:
    version = safe_line(info.version, 30)
    return Cell(f"{version} · protocol {_protocols(info.api)} · process {info.pid}")


def _protocols(api: ApiRange) -> str:
    return str(api.max) if api.min == api.max else f"{api.min} to {api.max}"


def size_words(size: float) -> str:
    """A rounded size, e.g. `812 bytes`, `4.0 MiB`."""
    if size < UNIT:
        return f"{size:.0f} bytes"
    unit = 0
    while size >= UNIT and unit < len(UNITS) - 1:
        size, unit = size / UNIT, unit + 1
    return f"{size:,.1f} {UNITS[unit]}"
