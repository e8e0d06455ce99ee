"""The README's examples under "Use" (CI runs the two commands above them as they stand)."""

import re
import shlex
from pathlib import Path

from tests.docs.blocks import Block
from tests.docs.stage import stage

README = Path(__file__).parents[2] / "README.md"
ENDLESS = {
    "corgea-tui listen": "Ctrl-C ends",
    "corgea-tui tail": "Jira tickets",
}
"""What goes on until it is interrupted, and the text that says it works."""
ASKS = "corgea-tui deliveries retry --filter"
"""Asks for a yes; without a terminal it exits 2."""
EVENT = """\
touch ../down
corgea-tui emit issue.status_changed --wait --json > event.json || true
"""
EVENT_ID = """$(sed 's/.*"event_id":"\\([^"]*\\)".*/\\1/' event.json)"""


def test_every_command_of_the_readme_does_what_it_says():
    performed = []
    with stage() as performance:
        for command in commands(README.read_text("utf-8")):
            if command.startswith("corgea-tui tail"):
                performance.perform(Block(0, "run", EVENT))
            performance.perform(as_block(command.replace("EVENT_ID", EVENT_ID)))
            performed.append(command)
    assert len(performed) >= 9


def commands(text):
    """The command lines under "Use" but for the app's own, which wants a terminal."""
    use = text.partition("\n## Use\n")[2].partition("\n## ")[0]
    for block in re.findall(r"^```\n(.*?)^```$", use, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if shlex.split(line, comments=True) != ["corgea-tui"]:
                yield line


def as_block(command):
    for number, (beginning, text) in enumerate(ENDLESS.items()):
        if command.startswith(beginning):
            return Block(0, "run", command, options={"background": f"b{number}", "until": text})
    code = "2" if command.startswith(ASKS) else "0"
    return Block(0, "run", command, options={"exit": code})
