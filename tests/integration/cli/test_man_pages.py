import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAN = Path(__file__).parents[3] / "docs" / "man"

pytestmark = pytest.mark.skipif(not MAN.exists(), reason="tests run without the repository")


def test_they_are_as_the_help_says():
    command = [sys.executable, str(MAN / "generate.py"), "--check"]
    ended = subprocess.run(command, check=False, env={"COLUMNS": "100", "PATH": ""})
    assert ended.returncode == 0, "run: python docs/man/generate.py"


@pytest.mark.parametrize("name", ["corgea-tui.1", "corgea-daemon.1"])
def test_they_hold_every_command(name):
    text = (MAN / name).read_text()
    assert text.startswith(".TH ")
    for verb in ("emit", "webhooks apply") if "tui" in name else ("run", "backup"):
        assert f"{name.removesuffix('.1')} {verb}".replace("-", "\\-") in text


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man")
def test_man_reads_them_without_a_complaint():
    for page in MAN.glob("*.1"):
        ended = subprocess.run(
            ["man", "--warnings", "-l", str(page)], capture_output=True, text=True, check=False
        )
        assert ended.stderr == ""
