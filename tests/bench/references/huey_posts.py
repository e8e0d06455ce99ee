"""The worker's side of Huey with SQLite and httpx: one task for each POST.

In its default settings: SQLite does not wait for the disk, and a death loses the task that it
interrupts.
"""

import os
from threading import local

import httpx
from huey import SqliteHuey

from tests.bench.references import queued

huey = SqliteHuey("posts", filename=f"{queued.folder()}/huey.db", results=False)
_mine = local()
_tally = queued.Tally(queued.folder())


@huey.task()
def post(content: str) -> None:
    """Sign and send, on a connection that this thread keeps."""
    if not hasattr(_mine, "client"):
        _mine.client = httpx.Client(verify=os.environ[queued.CA_FILE], timeout=10)
    data = content.encode()
    sent = _mine.client.post(os.environ[queued.URL], content=data, headers=queued.headers(data))
    sent.raise_for_status()
    _tally.add()
