"""A verdict for people and for programs."""

import json
from dataclasses import asdict
from pathlib import Path

from tests.crash.verdict import Verdict

_SHOWN = 10


def write(verdict: Verdict, path: Path) -> None:
    """Write the report as its name says: `.md` for people, anything else as JSON."""
    text = markdown(verdict) if path.suffix == ".md" else as_json(verdict)
    path.write_text(text)


def as_json(verdict: Verdict) -> str:
    """All of it."""
    return json.dumps({"sound": verdict.sound, **asdict(verdict)}, indent=2) + "\n"


def markdown(verdict: Verdict) -> str:
    """A table, what did not hold, and where the daemon died."""
    rows = [
        ("result", "everything held" if verdict.sound else "**something did not hold**"),
        ("events acknowledged", f"{verdict.acknowledged:,} of {verdict.events:,}"),
        ("deaths", f"{verdict.kills}"),
        ("deliveries", f"{verdict.deliveries:,}"),
        ("requests received", f"{verdict.received:,}"),
        ("duplicates", f"{verdict.duplicates:,}"),
        ("attempts cut by a death", f"{verdict.interrupted:,}"),
        ("set aside by a third death", f"{verdict.set_aside:,}"),
        ("of these, missing after a retry by hand", f"{len(verdict.still_missing):,}"),
        ("seconds", f"{verdict.seconds:,}"),
    ]
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    for name, found in verdict.violations.items():
        lines += [f"{name}: {len(found)}", "", *(f"- {each}" for each in found[:_SHOWN]), ""]
    lines += [
        "| died at | times |",
        "|---|---|",
        f"| a random moment | {verdict.deaths['random']} |",
    ]
    lines += [f"| {name} | {n} |" for name, n in sorted(verdict.deaths["at"].items())]
    lines.append(f"| (a sender process alone) | {verdict.deaths['helpers']} |")
    if missed := verdict.deaths["missed"]:
        lines += [f"| (not reached) {name} | {n} |" for name, n in sorted(missed.items())]
    return "\n".join(lines) + "\n"
