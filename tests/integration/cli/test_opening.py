"""The app comes up without the command line, and only its own switches mean it."""

import subprocess
import sys

import pytest

from corgea_tui.opening import is_meant

UP_TO_THE_APP = """
import sys
import corgea_tui.app
import corgea_tui.opening
corgea_tui.app.run_app = lambda *_, **__: 0
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


@pytest.mark.parametrize("args", [[], ["--readonly"], ["--no-mouse", "--no-start"]])
def test_switches_alone_open_the_app(args):
    assert is_meant(args, {})


@pytest.mark.parametrize("args", [["--help"], ["demo"], ["--color", "never"], ["--readonly", "x"]])
def test_whatever_else_is_for_the_command_line(args):
    assert not is_meant(args, {})


def test_a_shell_that_completes_is_for_the_command_line():
    assert not is_meant([], {"_CORGEA_TUI_COMPLETE": "bash_complete"})


@pytest.mark.parametrize("host", ["tcp://host:1", "unix://relative", "nonsense"])
def test_a_host_of_no_known_kind_is_told(homeless, host):
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
    assert "neither unix:///PATH nor ssh://USER@HOST" in ended.stdout
