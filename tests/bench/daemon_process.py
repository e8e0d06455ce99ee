"""The daemon as a user runs it: a process of its own, default settings except for `ca_file`."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench import work
from tests.bench.client import Client, Watcher, wait_until
from tests.bench.nginx import Nginx
from tests.harness.daemon import DaemonProcess, memory_of, short_home

SECRET = "bench-secret-of-at-least-32-characters"


class BenchDaemon:
    """A running daemon, and what rows need of it."""

    def __init__(self, process: DaemonProcess) -> None:
        self.process = process
        self.control = Client(process.control)
        self.inbox = Client(process.inbox)

    def webhook(self, number: int, url: str, **more: Any) -> str:
        """Create a webhook with a secret for the events of project `number`; returns its id."""
        form = {
            "name": f"webhook {number}",
            "url": url,
            "secret": SECRET,
            "events": [work.EVENT_TYPE],
            "projects": [work.project(number)],
            **more,
        }
        made: str = self.control.call("POST", "/v1/webhooks", form)["id"]
        return made

    def webhooks(self, count: int, nginx: Nginx) -> None:
        """Create webhooks 0 to `count` - 1, each at an endpoint of its own."""
        for number in range(count):
            self.webhook(number, nginx.url(f"/hook/{number}"))

    def statistics(self) -> dict[str, Any]:
        """Lifetime numbers over all webhooks."""
        found: dict[str, Any] = self.control.call("GET", "/v1/statistics")
        return found

    def wait_delivered(self, total: int, every: float = 0.02) -> None:
        """Return when `total` deliveries have ended and are recorded; all must have succeeded."""
        wait_until(lambda: self.statistics()["total"] >= total, every=every)
        found = self.statistics()
        if (found["successful"], found["pending"]) != (total, 0):
            raise RuntimeError(f"not everything was delivered: {found}")

    def wait_idle(self) -> None:
        """Return when no delivery waits."""
        wait_until(lambda: self.statistics()["pending"] == 0)

    def memory_mb(self) -> float:
        """The daemon's resident memory in megabytes."""
        return memory_mb(self.process.pid)

    def processes(self) -> list[int]:
        """The process ids of the daemon and of its running child processes."""
        return [self.process.pid, *children_of(self.process.pid)]

    def close(self) -> None:
        """Close the connections."""
        self.control.close()
        self.inbox.close()


def memory_mb(pid: int) -> float:
    """The resident memory of a process in megabytes."""
    return memory_of(pid) / 2**20


def cpu_seconds(pid: int) -> float:
    """The processor time that a process and its running child processes have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    """The running processes that its main thread has started."""
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


@contextmanager
def running_daemon(
    ca_file: Path | None = None,
    *,
    settings: str = "",
    watched: bool = True,
    module: str = "daemon",
    prepare: Callable[[Path], None] = lambda _: None,
) -> Iterator[BenchDaemon]:
    """Run a daemon on a home of its own, which `prepare` may fill before its start.

    `watched`: one watcher reads the stream of changes. `module` runs in place of `daemon`.
    """
    with short_home() as home:
        process = DaemonProcess(home, ("-m", module))
        trust = "" if ca_file is None else f'[network]\nca_file = "{ca_file}"\n'
        process.settings(trust + settings)
        prepare(home)
        try:
            process.start()
            daemon = BenchDaemon(process)
            watcher = Watcher(process.control) if watched else None
            yield daemon
            if watcher is not None:
                watcher.close()
            daemon.close()
            process.stop()
        finally:
            process.kill()
