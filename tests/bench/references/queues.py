"""POSTs through a task queue: `python -m tests.bench.references.queues celery|huey COUNT`.

Where to and in which folder is in the environment (`queued`). Tasks a second, from the first one's
enqueueing to the last one's end. No results are kept, and neither Redis nor SQLite waits for the
disk, as both come: that makes the queues faster than the daemon's promise would allow.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.references import queued

WARM = 500
PROCESSES = "4"
"""Celery's: 2, 4 and 8 were tried on two cores."""
THREADS = "8"
"""Huey's: 4, 8 and 16 were tried on two cores."""

CELERY = ("celery", "-A", "tests.bench.references.celery_posts", "-q", "worker", "-l", "critical")
CELERY_LEAN = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-c", PROCESSES)
HUEY = ("huey.bin.huey_consumer", "tests.bench.references.huey_posts.huey", "-q", "-w", THREADS)


def celery() -> float:
    """One figure, of a worker and a broker of its own."""
    folder = queued.folder()
    socket = folder / "redis.sock"
    with ExitStack() as stack:
        options = ("--port", "0", "--unixsocket", socket, "--dir", folder)
        stack.enter_context(_running("redis-server", *options))
        while not socket.exists():
            time.sleep(0.02)
        stack.enter_context(_running(sys.executable, "-m", *CELERY, *CELERY_LEAN))
        from tests.bench.references.celery_posts import post

        return _rate(post.delay)


def huey() -> float:
    """One figure, of a consumer of its own."""
    with _running(sys.executable, "-m", *HUEY):
        from tests.bench.references.huey_posts import post

        return _rate(post)


def _rate(enqueue: Callable[[str], object]) -> float:
    measured = int(sys.argv[2])
    content, tally = queued.body(), queued.Tally(queued.folder())
    for _ in range(WARM):
        enqueue(content)
    tally.wait(WARM)
    started = time.perf_counter()
    for _ in range(measured):
        enqueue(content)
    tally.wait(WARM + measured)
    return measured / (time.perf_counter() - started)


@contextmanager
def _running(*command: object) -> Iterator[None]:
    words = list(map(str, command))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


if __name__ == "__main__":
    print(celery() if sys.argv[1] == "celery" else huey())  # noqa: T201
