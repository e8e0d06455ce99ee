"""What code cites exists: `rules.md §3`, `interfaces.md, Filters`, `docs/operating.md`.

A bare name is a page of docs/design, of docs or of the root; any other is a path from the root.
Behind the name stand the number of a section, or the beginning of a heading, or a term in backticks
that the page holds.
"""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (ROOT / "docs" / "design", ROOT / "docs", ROOT)
FOLDERS = ("corgea_tui", "daemon", "docs/man", "scripts", "tests")
CITATION = re.compile(
    r"(?<![\w/*{.-])(?P<page>[\w./-]*[\w-]+\.md)\b"
    r"(?P<numbers>(?:,?(?: and)? §\d+)*)"
    r"(?:,? (?:`(?P<term>[^`]+)`|(?P<heading>[A-Z][\w -]*|[a-z]+[.-][a-z]+)(?=[).,:;\"]|$)))?"
)
EXAMPLES = ("tests/docs/test_citations.py", "tests/docs/test_links.py")


@cache
def headings(page):
    return [
        line.lstrip("#").strip().lower()
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("#")
    ]


def wrong_in(text):
    """What is cited in `text` and does not exist."""
    for cited in CITATION.finditer(re.sub(r"\s+(?:# )?", " ", text)):
        places = (ROOT,) if "/" in cited["page"] else PLACES
        page = next((p / cited["page"] for p in places if (p / cited["page"]).exists()), None)
        if page is None:
            yield f"{cited[0]}: there is no such page"
            continue
        for number in re.findall(r"§(\d+)", cited["numbers"]):
            if not any(heading.startswith(f"{number}. ") for heading in headings(page)):
                yield f"{cited[0]}: {page.name} has no section {number}"
        if cited["term"] and cited["term"] not in page.read_text("utf-8"):
            yield f"{cited[0]}: {page.name} does not speak of {cited['term']}"
        heading = (cited["heading"] or "").rstrip(" 0123456789").lower()
        if not cited["heading"] or heading.endswith(".md"):
            continue
        if not any(each.startswith(heading) for each in headings(page)):
            yield f"{cited[0]}: {page.name} has no section {heading!r}"


def test_every_citation_in_code_exists():
    wrong = [
        f"{path.relative_to(ROOT)}: {each}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in EXAMPLES
        for each in wrong_in(path.read_text("utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("(rules.md §3, §6)", 0),
        ("(rules.md §3 and §99)", 1),
        ("(interfaces.md, Filters)", 0),
        ("(interfaces.md, Feelings)", 1),
        ("(architecture.md,\n    # Reliability)", 0),
        ("(interfaces.md, `/v1/watch`)", 0),
        ("(interfaces.md, `/v1/nothing`)", 1),
        ("(spec.md §3)", 1),
        ("see docs/no-such-page.md", 1),
    ],
)
def test_a_wrong_citation_is_found(text, count):
    assert len(list(wrong_in(text))) == count
