"""POSTs through a task queue: `python -m tests.bench.references.queues celery|huey COUNT`.

The URL and the folder are in the environment (`queued`). Prints tasks a second, from the first
task's enqueueing to the last task's end. No results are kept, and in their default settings neither
Redis nor SQLite waits for the disk: so the queues may be faster than the daemon, which does.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.references import queued

WARM = 500
PROCESSES = "4"
"""For Celery: the best of 2, 4 and 8 on two cores."""
THREADS = "8"
"""For Huey: the best of 4, 8 and 16 on two cores."""

CELERY = ("celery", "-A", "tests.bench.references.celery_posts", "-q", "worker", "-l", "critical")
CELERY_LEAN = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-c", PROCESSES)
HUEY = ("huey.bin.huey_consumer", "tests.bench.references.huey_posts.huey", "-q", "-w", THREADS)


def celery() -> float:
    """Measure Celery with a worker and a broker of its own."""
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
    """Measure Huey with a consumer of its own."""
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
