"""Check what keeps the house readable; exit 1 with a line for each thing to mend.

usage: house.py [sizes] [doors] [classes] [words]        (all of them, if none is named)
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = ("corgea_tui", "daemon")
MOST_LINES = 400
MOST_DOORS = 16
WORDS = re.compile(
    r"\b(?:nobody|somebody|anybody|whoever|whomever|(?<!there )is no (?!longer\b|more\b))",
    re.IGNORECASE,
)


def files(*rooms: str, ending: str = "py") -> Iterator[Path]:
    """The files of these folders, in order."""
    for room in rooms:
        yield from sorted((ROOT / room).rglob(f"*.{ending}"))


def sizes() -> Iterator[str]:
    """A file with more than 400 lines usually has a second reason to change."""
    for path in files(*PRODUCT, "tests", "scripts"):
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MOST_LINES:
            yield f"{path.relative_to(ROOT)}: {lines} lines, at most {MOST_LINES}: split it"


def doors() -> Iterator[str]:
    """A package with more than 16 modules and packages in it is searched, not read."""
    for init in files(*PRODUCT):
        if init.name != "__init__.py":
            continue
        package = init.parent
        found = [path for path in package.glob("*.py") if not path.stem.startswith("__")]
        found += [path.parent for path in package.glob("*/__init__.py")]
        if len(found) > MOST_DOORS:
            yield f"{package.relative_to(ROOT)}: {len(found)} modules, at most {MOST_DOORS}"


def classes() -> Iterator[str]:
    """A public class has a name of its own in the product."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in files(*PRODUCT):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    for name, where in sorted(places.items()):
        if len(where) > 1:
            yield f"{name}: {len(where)} classes have this name: {', '.join(where)}"


def words() -> Iterator[str]:
    """Words that make a sentence hard to read: `no client`, `another process`, `is not a`."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    for path in (*files(*PRODUCT), *files("docs", ending="md"), *pages):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if found := WORDS.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {found[0].strip()!r} in: {line.strip()}"


CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    check.__name__: check for check in (sizes, doors, classes, words)
}

if __name__ == "__main__":
    wrong = [line for name in sys.argv[1:] or CHECKS for line in CHECKS[name]()]
    if wrong:
        sys.exit("\n".join([*wrong, f"{len(wrong)} to mend"]))
