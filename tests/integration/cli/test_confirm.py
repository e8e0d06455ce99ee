"""Being asked before much is changed: on a terminal alone."""

import time

import pytest

from tests.integration.cli.conftest import names
from tests.integration.cli.terminal import SECONDS, on_terminal


@pytest.fixture
def two(served):
    for name in ("one", "two"):
        served.tui("webhooks", "add", name, "https://127.0.0.1:9/", "--event", "scan.*")
    yield
    served.tui("webhooks", "remove", "one", "two", "--yes")


@pytest.mark.parametrize(
    ("key", "code", "left"), [("y\n", 0, set()), ("n\n", 1, {"one", "two"}), ("\x03", 130, {"one"})]
)
def test_the_answer_decides(served, two, key, code, left):
    with on_terminal(served, 80, "webhooks", "remove", "one", "two") as (terminal, process):
        terminal.shows("Remove one, two? [y/N]")
        deadline = time.monotonic() + SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            terminal.type(key)  # a Ctrl-C just before Python reads is seen at the next key
            time.sleep(0.2)
        assert process.wait(SECONDS) == code
    assert left <= set(names(served))
    assert bool(left) == bool({"one", "two"} & set(names(served)))


def test_pruning_asks_too(served, two, tmp_path):
    (tmp_path / "none.toml").write_text("")
    command = ("webhooks", "apply", str(tmp_path / "none.toml"), "--prune")
    with on_terminal(served, 80, *command) as (terminal, process):
        terminal.shows("[y/N]")
        assert "one" in terminal.text
        terminal.type("n\n")
        terminal.shows("nothing was changed")
        assert process.wait(SECONDS) == 1
    assert set(names(served)) >= {"one", "two"}
