"""The fenced blocks of a page and what its comments say about them.

A comment directly before a block says what becomes of it:

    <!-- run -->                        a shell block, which must succeed
    <!-- run exit=1 -->                 ... or end with this code
    <!-- run background=NAME until=TEXT -->   it stays, once it has written the text
    <!-- run needs=go -->               only where there is such a program
    <!-- prints -->                     the block before wrote each of these lines; … is anything
    <!-- file NAME -->                  it is written to this file
    <!-- not run: WHY -->               a test cannot run it, for the reason given

A comment `<!-- hidden` … `-->` is a shell block that readers do not see, for what a page takes for
granted. `<!-- stop NAME -->` interrupts what runs in the background.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

_PARTS = re.compile(
    r"^<!-- hidden\n(?P<hidden>.*?)^-->$"
    r"|^<!-- stop (?P<stop>\S+) -->$"
    r"|(?:^<!-- (?P<mark>[^\n]*) -->\n\s*)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
ANYTHING = "…"


@dataclass(frozen=True)
class Block:
    """A block: `verb` is run, prints, file, not, stop, or empty where nothing was said."""

    line: int
    verb: str
    text: str
    name: str = ""
    options: dict[str, str] = field(default_factory=dict)


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page in order, with the line each begins at."""
    for found in _PARTS.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if found["hidden"] is not None:
            yield Block(line, "run", found["hidden"])
        elif found["stop"]:
            yield Block(line, "stop", "", found["stop"])
        else:
            yield _marked(line, found["mark"] or "", found["text"])


def _marked(line: int, mark: str, text: str) -> Block:
    verb, _, rest = mark.partition(" ")
    if verb == "run":
        return Block(line, verb, text, options=dict(_option(word) for word in shlex.split(rest)))
    return Block(line, verb, text, rest.strip())


def _option(word: str) -> tuple[str, str]:
    name, _, value = word.partition("=")
    return name, value


def is_printed(line: str, output: str) -> bool:
    """Whether the output holds such a line: runs of blanks are one, `…` is anything."""
    parts = [re.escape(" ".join(part.split())) for part in line.split(ANYTHING)]
    pattern = re.compile(r"\s*.*?\s*".join(parts))
    return any(pattern.search(" ".join(each.split())) for each in output.splitlines())
