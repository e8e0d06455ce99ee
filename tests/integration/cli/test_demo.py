import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from corgea_tui.demo.leftovers import MARK, PREFIX, hold, sweep


@pytest.fixture
def env(homeless, tmp_path):
    """A fresh machine: no home but an empty one; nothing is to be left on it."""
    place = str(homeless.home)
    yield {"HOME": str(tmp_path), "TMPDIR": place, "COLUMNS": "80"}
    assert list(homeless.home.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
    assert running_in(place) == []


def running_in(place):
    """Processes whose home is under `place`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"CORGEA_HOME={place}/".encode() in process.read_bytes():
                found.append(process.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.slow
def test_the_tour_as_text_ends_by_itself_and_leaves_nothing(homeless, env):
    ended = homeless.tui("demo", "--for", "6", **env)
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    for words in ("healthy", "slow", "flaky", "dead", "✔ succeeded", "✖ failed", "refused"):
        assert words in ended.stdout
    kinds = set(re.findall(r"(?:scan|issue|user)\.[a-z_]+", ended.stdout))
    assert len(kinds) == 7
    assert re.search(r"In the store: \d+ events, \d+ attempts", ended.stdout)
    got, good = re.search(r"got (\d+) requests; (\d+) of them", ended.stdout).groups()
    assert got == good != "0"
    assert "\x1b" not in ended.stdout


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_still_counts_and_leaves_nothing(homeless, env, number):
    with homeless.tui_running("demo", **env) as process:
        for line in process.stdout:
            if "✔ succeeded" in line:
                break
        process.send_signal(number)
        rest = process.stdout.read()
        assert process.wait(15) == 130
    assert "In the store:" in rest


@pytest.mark.slow
def test_as_json_it_is_deliveries_and_then_the_figures(homeless, env):
    ended = homeless.tui("demo", "--for", "2", "--json", **env)
    *changes, figures = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {"webhook_name", "status", "attempt"} <= changes[0].keys()
    assert len(figures["webhooks"]) == 6


def test_started_and_stopped_at_once_it_leaves_nothing(homeless, env):
    with homeless.tui_running("demo", **env) as process:
        process.stdout.readline()
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(15) == 130


@pytest.mark.slow
def test_what_a_killed_demo_left_is_cleared_by_the_next(homeless, env):
    with homeless.tui_running("demo", **env) as process:
        for line in process.stdout:
            if "✔ succeeded" in line:
                break
        process.kill()
    (left,) = homeless.home.iterdir()
    assert running_in(str(homeless.home))
    assert homeless.tui("demo", "--for", "1", **env).returncode == 0
    assert not left.exists()


def test_only_homes_of_dead_demos_are_cleared(tmp_path):
    dead, alive, unmarked, other = (
        tmp_path / name for name in (f"{PREFIX}1", f"{PREFIX}2", f"{PREFIX}3", "corgea-mine")
    )
    for home in (dead, alive, unmarked, other):
        home.mkdir()
    os.close(hold(dead))
    os.close(hold(other))
    (tmp_path / f"{PREFIX}link").symlink_to(other)
    held = hold(alive)
    sweep(tmp_path)
    os.close(held)
    assert not dead.exists()
    assert all((home / MARK).exists() for home in (alive, other))
    assert unmarked.exists()
