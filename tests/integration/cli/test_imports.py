"""Verbs start fast because they import little (interfaces.md, corgea-tui)."""

import subprocess
import sys

import pytest

from corgea_tui.cli.root import VERBS

HEAVY = ("textual", "aiohttp", "httpx", "asyncio", "rich", "cryptography", "peewee", "http.client")


def modules_of(verbs, prefix):
    for name, (place, _) in verbs.items():
        module = place.partition(":")[0]
        yield f"{prefix} {name}".strip(), module
        loaded = __import__(module, fromlist=["VERBS"])
        if hasattr(loaded, "VERBS") and loaded.VERBS is not verbs:
            yield from modules_of(loaded.VERBS, name)


@pytest.mark.parametrize(("verb", "module"), list(modules_of(VERBS, "")))
def test_a_verb_imports_nothing_heavy(verb, module):
    heavy = f"[name for name in {HEAVY} if name in sys.modules]"
    code = f"import sys, corgea_tui.cli.run, {module}; print({heavy})"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "[]", ended.stderr


def test_the_list_of_verbs_says_what_their_own_help_says_first():
    import click

    from corgea_tui.cli.root import root

    context = click.Context(root)
    for name, (_, about) in VERBS.items():
        command = root.get_command(context, name)
        assert command.name == name
        assert about.endswith(".")
        assert command.help
