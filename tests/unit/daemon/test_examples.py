"""The examples in docstrings of rules and small parts (`>>>`) are true."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import daemon

ROOT = Path(daemon.__file__).parents[1]
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for room in ("domain", "util")
    for path in (ROOT / "daemon" / room).rglob("*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_true(module):
    assert doctest.testmod(import_module(module)).failed == 0
