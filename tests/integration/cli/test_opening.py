"""The app comes up without the command line, and only its own switches mean it."""

import os
import subprocess
import sys

import pytest

from corgea_tui.app.opening import opens_app

UP_TO_THE_APP = """
import sys
import corgea_tui.app.app
import corgea_tui.app.opening
corgea_tui.app.app.run_app = lambda *_, **__: 0
sys.stdin.isatty = sys.stdout.isatty = lambda: True
from corgea_tui.__main__ import main
sys.argv[1:] = ["--no-start"]
try:
    main()
finally:
    print([name for name in ("click", "corgea_tui.cli", "httpx", "aiohttp") if name in sys.modules])
"""


def test_the_app_opens_without_click_or_any_verb():
    ended = subprocess.run(
        [sys.executable, "-c", UP_TO_THE_APP], capture_output=True, text=True, check=False
    )
    assert ended.stdout.strip() == "[]", ended.stderr


HOW_OFTEN_IT_PAINTS = """
import sys
from types import ModuleType
import corgea_tui.cli.local.demo
from corgea_tui.app.opening import show
assert "textual" not in sys.modules
def run_app(*_, **__):
    from textual.screen import UPDATE_PERIOD
    return round(1 / UPDATE_PERIOD)
sys.modules["corgea_tui.app.app"] = ModuleType("app")
sys.modules["corgea_tui.app.app"].run_app = run_app
print(show(None, None, readonly=False, mouse=True))
"""


@pytest.mark.parametrize(("wanted", "pace"), [(None, "120"), ("30", "30")])
def test_a_paint_does_not_keep_the_next_one_waiting_for_long(wanted, pace):
    env = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    if wanted is not None:
        env["TEXTUAL_FPS"] = wanted
    code = [sys.executable, "-c", HOW_OFTEN_IT_PAINTS]
    ended = subprocess.run(code, env=env, capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == pace, ended.stderr


@pytest.mark.parametrize("args", [[], ["--readonly"], ["--no-mouse", "--no-start"]])
def test_switches_alone_open_the_app(args):
    assert opens_app(args, {})


@pytest.mark.parametrize("args", [["--help"], ["demo"], ["--color", "never"], ["--readonly", "x"]])
def test_whatever_else_is_for_the_command_line(args):
    assert not opens_app(args, {})


def test_a_shell_that_completes_is_for_the_command_line():
    assert not opens_app([], {"_CORGEA_TUI_COMPLETE": "bash_complete"})


@pytest.mark.parametrize("host", ["tcp://host:1", "unix://relative", "nonsense"])
def test_a_host_of_no_known_kind_is_reported(homeless, host):
    code = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    ended = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "corgea_tui"],
        env={**homeless.env, "CORGEA_HOST": host},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "is not a host" in ended.stdout
