"""`tail` as a person sees it: on a terminal, in colour, as wide as the window."""

import pytest

from tests.integration.cli.terminal import SECONDS, SGR, on_terminal
from tests.integration.cli.test_exit_codes import HELLO
from tests.integration.cli.test_tail import Lines


@pytest.mark.parametrize("columns", [50, 75, 80, 130])
def test_lines_fit_and_have_colour(served, webhook, columns):
    failing = webhook("503", "scan.failed", retry={"schedule": []})
    with on_terminal(served, columns, "tail", f"webhook:{failing.name}") as (terminal, _):
        terminal.until("Ctrl-C ends")
        served.tui("emit", "scan.failed", "--wait")
        lines = terminal.until("scan.failed")
    assert any("\x1b[31m" in line and "✖ failed" in line for line in lines)
    assert any("503" in line for line in lines) == (columns >= 79)
    assert max(len(SGR.sub("", line)) for line in lines) <= columns


def test_no_color_is_respected(served, webhook):
    webhook("200", "scan.started")
    with on_terminal(served, 80, "tail", NO_COLOR="1") as (terminal, _):
        terminal.until("Ctrl-C ends")
        served.tui("emit", "scan.started", "--wait")
        lines = terminal.until("✔ succeeded")
    assert not any("\x1b" in line for line in lines)


def test_ctrl_c_ends_it_with_130(served):
    with on_terminal(served, 80, "tail") as (terminal, process):
        terminal.until("Ctrl-C ends")
        process.send_signal(2)
        assert process.wait(SECONDS) == 130
        assert "Traceback" not in terminal.text


def test_a_gap_and_a_lost_stream_are_reported_on_stderr(stand_in):
    gap = b'{"seq":9,"type":"gap","data":{}}\n'
    daemon = stand_in({"GET /v1/daemon": (200, HELLO), "GET /v1/watch": (200, gap)})
    with daemon.tui_running("tail", "--json") as process:
        notices = Lines(process.stderr)
        notices.until("some changes were missed")
        notices.until("the daemon closed the stream; trying again")
        notices.until("connected again")
        process.terminate()
        assert process.stdout.read() == ""
