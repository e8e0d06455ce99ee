"""Print one of the README's two commands, so that CI runs what the README says and nothing else.

The commands stand in fenced blocks behind the comments `<!-- command: demo -->` and
`<!-- command: tests -->`.
"""

import re
import sys
from pathlib import Path


def command(name: str, text: str) -> str:
    """The block behind the comment of this name."""
    found = re.search(rf"<!-- command: {re.escape(name)} -->\s*```\w*\n(.*?)```", text, re.DOTALL)
    if found is None:
        raise SystemExit(f"README.md has no command {name!r}")
    return found[1].strip()


if __name__ == "__main__":
    readme = Path(__file__).parent.parent / "README.md"
    sys.stdout.write(command(sys.argv[1], readme.read_text("utf-8")) + "\n")
