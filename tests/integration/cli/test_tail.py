import json
import queue
import threading
import time

import pytest

from tests.harness.daemon import running_daemon


class Lines:
    """The lines of a stream as they come."""

    def __init__(self, stream):
        self._lines = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            self._lines.put(line)

    def until(self, text, timeout=15):
        """The first line that holds `text`."""
        deadline = time.monotonic() + timeout
        while True:
            line = self._lines.get(timeout=deadline - time.monotonic())
            if text in line:
                return line


def test_outcomes_are_lines(served, webhook):
    failing, fine = webhook("503", "scan.failed", retry={"schedule": []}), webhook("200", "scan.*")
    with served.tui_running("tail") as process:
        lines = Lines(process.stdout)
        served.tui("emit", "scan.failed", "--wait")
        served.tui("emit", "scan.failed", "--wait")
        seen = [lines.until("scan.failed") for _ in range(2)]
    assert any("✖ failed" in line and failing.name[:8] in line and "503" in line for line in seen)
    assert any("✔ succeeded" in line and fine.name[:8] in line for line in seen)


def test_a_filter_and_the_past(served, webhook):
    responder = webhook("200", "issue.assigned")
    served.tui("emit", "issue.assigned", "--wait", "--event-id", "past-1")
    words = ("status:succeeded", f"webhook:{responder.name}")
    with served.tui_running("tail", *words, "--since", "1h", "--json") as process:
        first = json.loads(process.stdout.readline())
        assert (first["event_id"], first["status"]) == ("past-1", "succeeded")
        served.tui("emit", "issue.assigned", "--wait", "--event-id", "now-1")
        assert json.loads(process.stdout.readline())["event_id"] == "now-1"


def test_since_among_the_words_begins_in_the_past_too(served, webhook):
    responder = webhook("200", "issue.assigned")
    served.tui("emit", "issue.assigned", "--wait", "--event-id", "past-2")
    words = (f"webhook:{responder.name}", "since:1h")
    with served.tui_running("tail", *words, "--json") as process:
        assert json.loads(process.stdout.readline())["event_id"] == "past-2"


@pytest.mark.slow
def test_it_survives_a_restart_and_misses_nothing():
    with running_daemon() as daemon:
        daemon.tui("webhooks", "add", "dead", "https://127.0.0.1:9/", "--event", "user.login")
        daemon.tui("webhooks", "pause", "dead")
        with daemon.tui_running("tail", "--json", "--since", "1h") as process:
            lines, notices = Lines(process.stdout), Lines(process.stderr)
            daemon.tui("emit", "user.login", "--event-id", "before")
            lines.until('"before"')
            daemon.stop()
            notices.until("trying again")
            daemon.start()
            daemon.tui("emit", "user.login", "--event-id", "after")
            assert json.loads(lines.until('"after"'))["status"] == "discarded"
            notices.until("connected again")
