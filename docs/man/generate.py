# ruff: noqa: INP001  # a script beside what it writes, no package
"""Writes the manual pages from the commands' own help: `python docs/man/generate.py`.

They are kept in the repository and go into the wheel; a test says when they are out of date.
"""

import re
import sys
from pathlib import Path

import click

HERE = Path(__file__).parent
FILES = """\
.TP
.I $XDG_CONFIG_HOME/corgea/daemon.toml, webhooks.d/*.toml
settings and webhooks kept as files
.TP
.I $XDG_DATA_HOME/corgea/
database, key and certificates
.TP
.I $XDG_RUNTIME_DIR/corgea/control.sock, inbox.sock
the sockets
.TP
.I /etc/corgea/, /var/lib/corgea/, /run/corgea/
the same of the machine's daemon
.PP
.B CORGEA_HOME
puts all of them under one folder.
"""
DAEMON_STATUS = {
    "0": "done",
    "1": "failed",
    "2": "wrong usage",
    "4": "not permitted",
    "69": "no daemon answers",
    "130": "interrupted",
}
STATUS = {
    **DAEMON_STATUS,
    "1": "failed; also not found, conflict and a bad signature",
    "2": "wrong usage, a bad filter, or a missing --yes",
    "76": "client and daemon do not share a protocol",
}


def pages() -> dict[str, str]:
    """The pages by file name."""
    from corgea_tui.cli.root import root as tui
    from daemon.cli.root import root as daemon

    return {
        "corgea-tui.1": page("corgea-tui", "watch and control Corgea webhooks", tui, STATUS),
        "corgea-daemon.1": page(
            "corgea-daemon", "deliver security events to webhooks", daemon, DAEMON_STATUS
        ),
    }


def page(name: str, summary: str, root: click.Group, status: dict[str, str]) -> str:
    """A whole page: the program's own help, then each command's."""
    parts = [
        f'.TH {name.upper()} 1 "" "corgea-tui" "User Commands"',
        ".ad l",
        ".SH NAME",
        f"{escaped(name)} \\- {escaped(summary)}",
        ".SH SYNOPSIS",
        f".B {escaped(name)}",
        "[OPTIONS] [COMMAND] [ARGS]...",
        ".SH DESCRIPTION",
        *paragraphs(root.help or ""),
        *options(root),
        ".SH COMMANDS",
        *commands(root, name),
        ".SH EXIT STATUS",
    ]
    for code in sorted(status, key=int):
        parts += [".TP", f".B {code}", escaped(status[code])]
    return "\n".join([*parts, ".SH FILES", FILES.rstrip()]) + "\n"


def commands(group: click.Group, path: str) -> list[str]:
    """Each command of a group, and the commands of groups within it."""
    context = click.Context(group)
    lines: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        if isinstance(command, click.Group):
            lines += commands(command, f"{path} {name}")
            continue
        usage = " ".join(command.collect_usage_pieces(click.Context(command)))
        lines += [".SS", escaped(f"{path} {name} {usage}")]
        lines += paragraphs(command.help or "")
        lines += options(command)
        lines += example(getattr(command, "example", ""))
    return lines


def options(command: click.Command) -> list[str]:
    """The options as a list of terms."""
    context = click.Context(command, **command.context_settings)
    lines: list[str] = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        # An argument without help is in the usage. --help needs no explanation.
        if record is not None and record[1] and parameter.name != "help":
            lines += [".TP", f".B {escaped(record[0])}", escaped(record[1])]
    return lines


def paragraphs(text: str) -> list[str]:
    """Help text as paragraphs."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += [".PP", escaped(" ".join(paragraph.split()))]
    return lines


def example(text: str) -> list[str]:
    """Examples as they are typed."""
    if not text.strip():
        return []
    lines = [escaped(line.strip()) for line in text.strip().splitlines()]
    return [".PP", ".nf", ".RS", *lines, ".RE", ".fi"]


def escaped(text: str) -> str:
    """Text that roff takes as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in {".", "'"} else text


def main() -> int:
    """Write the pages; with `--check` only say which are out of date."""
    stale = [
        name
        for name, text in pages().items()
        if not (HERE / name).exists() or (HERE / name).read_text("utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        return 1 if stale else 0
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
