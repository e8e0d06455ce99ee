"""The first look at a daemon, before httpx is there: its lists, so that they are painted at once.

Importing httpx takes longer than everything else until the first paint with data; the commands'
lean client takes next to nothing. Everything after this look goes over the link.
"""

import asyncio
from pathlib import Path

from corgea_tui.client.client import FIRST, Listed
from corgea_tui.client.updates import Snapshot
from daemon.protocol import DaemonInfo, Delivery, Webhook


async def glance(control: Path) -> Snapshot | None:
    """The lists of the daemon behind a socket; None when that is not simple: the link will tell."""
    return await asyncio.to_thread(_look, control)


def _look(control: Path) -> Snapshot | None:
    from corgea_tui.client.errors import CommandError
    from corgea_tui.client.host import UnixHost
    from corgea_tui.client.lean_client import LeanClient

    try:
        with LeanClient(UnixHost(control, named=True)) as client:
            daemon = client.get("/v1/daemon", DaemonInfo)
            webhooks = client.get("/v1/webhooks", Listed[Webhook], {"limit": 500})
            deliveries = client.get("/v1/deliveries", Listed[Delivery], {"limit": FIRST})
    except CommandError:
        return None
    if webhooks.next is not None:
        return None
    seq = min(webhooks.seq, deliveries.seq)
    return Snapshot(daemon, tuple(webhooks.items), deliveries, seq)
