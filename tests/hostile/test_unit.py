"""The shipped units, as systemd itself judges them."""

import shutil
import subprocess

import pytest

from daemon.cli.serve import unit_files

EXPOSURE = 15
"""Tenths: systemd calls up to 2.0 fine; most services of a distribution are above 9."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze"
)


@pytest.fixture
def units(tmp_path):
    for name, text in unit_files("/bin/true").items():
        (tmp_path / name).write_text(text)
    return tmp_path


def analyze(*args):
    ended = subprocess.run(
        ["systemd-analyze", *args], capture_output=True, text=True, timeout=60, check=False
    )
    if "unrecognized option" in ended.stderr:
        pytest.skip("this systemd-analyze is too old for units that are not installed")
    return ended


def test_systemd_accepts_the_units(units):
    ended = analyze("verify", "--man=no", *map(str, sorted(units.iterdir())))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_exposure_level_is_low(units):
    service = str(units / "corgea-daemon.service")
    ended = analyze("security", "--offline=true", f"--threshold={EXPOSURE}", service)
    assert ended.returncode == 0, ended.stdout
    assert "Overall exposure level" in ended.stdout
