"""Very much that waits: little memory, nothing lost over a death, and new events still go out.

`CORGEA_WAITING=1000000` has as many as architecture.md speaks of.
"""

import os

import pytest

from tests.harness.daemon import until

WAITING = int(os.environ.get("CORGEA_WAITING", "10000"))
AT_ONCE = 5_000
SETTINGS = """
[inbox]
max_waiting = 2000000
[network]
ca_file = "{ca}"
"""


@pytest.mark.timeout(60 + WAITING // 100)
def test_a_backlog_is_on_disk_and_not_in_memory(daemon, receivers):
    daemon.settings(SETTINGS.format(ca=receivers.ca))
    daemon.start()
    before = daemon.memory_bytes()
    for name, event_type in (("hang", "scan.failed"), ("fine", "scan.completed")):
        form = {"name": name, "url": receivers.url(name), "events": [event_type]}
        daemon.call("POST", "/v1/webhooks", {**form, "retry": {"timeout": 300}})
    for _ in range(WAITING // AT_ONCE):
        daemon.emit("scan.failed", AT_ONCE)
    assert daemon.queues()["waiting"] == WAITING
    assert daemon.memory_bytes() - before < 230 * 2**20  # under 300 MB in all
    daemon.kill()
    daemon.start()
    daemon.emit("scan.completed", 10)
    until(lambda: receivers.taken["fine"] == 10)
    until(lambda: daemon.queues()["waiting"] == WAITING)
    assert daemon.memory_bytes() - before < 230 * 2**20
