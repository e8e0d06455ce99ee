"""Fail when a file has grown past 400 lines: it has usually taken in a second reason to change."""

import sys
from pathlib import Path

MOST = 400
ROOMS = ("corgea_tui", "daemon", "tests", "scripts")

root = Path(__file__).parent.parent
large = [
    f"{path.relative_to(root)}: {lines} lines"
    for room in ROOMS
    for path in sorted((root / room).rglob("*.py"))
    if (lines := len(path.read_text("utf-8").splitlines())) > MOST
]
if large:
    sys.exit("\n".join(["split these:", *large]))
