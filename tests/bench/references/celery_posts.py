"""The worker's side of Celery with Redis and requests: one task for each POST.

Tasks are acknowledged late, so that a worker's death loses none.
"""

import os

import requests
from celery import Celery

from tests.bench.references import queued

app = Celery("posts", broker=f"redis+socket://{queued.folder()}/redis.sock")
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
)
_kept: dict[int, tuple[requests.Session, queued.Tally]] = {}


@app.task
def post(content: str) -> None:
    """Sign and send, on a connection that this process keeps."""
    kept = _kept.get(os.getpid())
    if kept is None:
        kept = _kept[os.getpid()] = (requests.Session(), queued.Tally(queued.folder()))
    session, tally = kept
    data = content.encode()
    session.post(
        os.environ[queued.URL],
        data=data,
        headers=queued.headers(data),
        verify=os.environ[queued.CA_FILE],
        timeout=10,
    ).raise_for_status()
    tally.add()
