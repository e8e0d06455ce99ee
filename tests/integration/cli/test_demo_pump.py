"""The events of a demo, before a daemon that dies and comes back."""

import time
from random import Random

from corgea_tui.client import calls
from corgea_tui.client.host import UnixHost
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.demo.pump import EventPump


def came(client, more_than):
    """How many events the daemon has taken, once there are more than that."""
    deadline = time.monotonic() + 20
    while (total := client.page(calls.events(), 1).total) <= more_than:
        assert time.monotonic() < deadline, f"still {total} events"
        time.sleep(0.05)
    return total


def test_they_go_on_once_a_killed_daemon_is_back(homeless):
    host = UnixHost(homeless.control, named=True)
    homeless.start()
    try:
        with EventPump(LeanClient(host), Random(7)):
            with LeanClient(host) as client:
                came(client, 2)
            homeless.kill()
            time.sleep(0.5)  # some are due meanwhile
            homeless.start()
            with LeanClient(host) as client:
                before = client.page(calls.events(), 1).total
                came(client, before + 2)
    finally:
        homeless.kill()
