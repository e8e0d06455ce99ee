"""What the pages name exists: links and their anchors, paths, modules and classes in backticks."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")
PATH = re.compile(r"`((?:corgea_tui|daemon|docs|scripts|tests)/[\w./*{},-]*)")
MODULE = re.compile(
    r"python -m (tests[\w.]*)|`((?:corgea_tui|daemon|tests)(?:\.(?!toml)\w+)+)[`(:]"
)
CLASS = re.compile(r"`((?:[A-Z][a-z0-9]+){2,})(?:[.(]\w*\)?)?`")
HOP = re.compile(r"`((?:corgea_tui|daemon|scripts|tests)/[\w./-]+):([\w.]+)`")
FOREIGN = {"DataTable", "LineFilter", "PrivateUsers", "ScrollView", "TextArea"}
"""Names of Textual and systemd."""


def name(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_page_and_a_heading(page):
    for target, anchor in LINK.findall(prose(page)):
        there = page.parent / target if target else page
        assert there.exists(), f"{page.name}: there is no {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target} has no #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_module_and_class_that_a_page_names_exists(page):
    assert list(missing(page.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`daemon/store/`, `daemon/{api,store}/`, `daemon/*.py`", []),
        ("`daemon/nothing.py`", ["daemon/nothing.py"]),
        ("`daemon/{api,nothing}/`", ["daemon/{api,nothing}/"]),
        ("`python -m tests.bench`, `daemon.store.writer`", []),
        ("`python -m tests.nothing`", ["tests.nothing"]),
        ("`daemon.store.nothing`", ["daemon.store.nothing"]),
        ("`BulkNothing`", ["BulkNothing"]),
        ("`daemon/store/writer.py:Writer.post`, `daemon/store/writer.py:Nothing`", ["Nothing"]),
    ],
)
def test_a_wrong_name_is_found(text, found):
    assert list(missing(text)) == found


def missing(text):
    """The paths, modules and classes that `text` names and that do not exist."""
    for path in PATH.findall(text):
        if not all(any(ROOT.glob(each.rstrip("/"))) for each in alternatives(path)):
            yield path
    for command, quoted in MODULE.findall(text):
        if not is_module(command or quoted):
            yield command or quoted
    for path, dotted in HOP.findall(text):
        there = (ROOT / path).read_text("utf-8") if (ROOT / path).exists() else ""
        for each in dotted.split("."):
            if not re.search(rf"\b(?:def|class) {each}\b|^ *{each}\b.* = ", there, re.MULTILINE):
                yield each
    yield from (each for each in CLASS.findall(text) if each not in classes())


def alternatives(path):
    """`a/{b,c}/` is `a/b/` and `a/c/`."""
    found = re.search(r"\{([^}]*)\}", path)
    if found is None:
        return [path]
    return [path.replace(found[0], each, 1) for each in found[1].split(",")]


def is_module(dotted):
    """Whether `dotted` is a module, or a name that a module defines."""
    path = ROOT / dotted.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    for module in (path.parent.with_suffix(".py"), path.parent / "__init__.py"):
        if module.exists() and re.search(rf"\b{path.name}\b", module.read_text("utf-8")):
            return True
    return False


@cache
def classes():
    defined = re.compile(r"^ *class (\w+)|^(\w+)(?:: TypeAlias)? = ", re.MULTILINE)
    return FOREIGN | {
        found[1] or found[2]
        for folder in ("corgea_tui", "daemon", "tests")
        for path in (ROOT / folder).rglob("*.py")
        for found in defined.finditer(path.read_text("utf-8"))
    }


def prose(page):
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
