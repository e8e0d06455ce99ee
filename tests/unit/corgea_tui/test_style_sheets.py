"""Style sheets select widgets by class name: a class that was renamed must not lose its looks."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from textual.dom import DOMNode

import corgea_tui
from corgea_tui import screens, widgets

FOLDER = Path(corgea_tui.__file__).parent
SHEETS = sorted(FOLDER.rglob("*.tcss"))


@pytest.fixture(scope="module")
def names():
    """The names of all classes that a style sheet may select."""
    for room in (screens, widgets):
        for module in walk_packages(room.__path__, f"{room.__name__}."):
            import_module(module.name)
    found, left = set(), [DOMNode]
    while left:
        each = left.pop()
        found.add(each.__name__)
        left += each.__subclasses__()
    return found


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_style_sheet_selects_only_classes_that_exist(sheet, names):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    selected = set(re.findall(r"(?<![\w.$#-])[A-Z][A-Za-z]+(?=[^;{}]*\{)", text))
    assert selected - names == set()
