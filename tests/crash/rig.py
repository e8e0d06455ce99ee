"""A home with a daemon, a receiver and a producer, each in a process of its own."""

import json
import multiprocessing
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import trustme

from daemon.protocol.paths import Paths
from tests.crash import producer, receiver
from tests.crash.events import WEBHOOKS
from tests.harness.client import Refused
from tests.harness.daemon import DAEMON, DaemonProcess

SETTINGS = """
[delivery]
sender_processes = 1
schedule = [0.2, 0.4, 0.8]
timeout = 10
pause_after = 1000000
drain = 0.2
[network]
ca_file = "{ca}"
"""
_spawn = multiprocessing.get_context("spawn")


class CrashRig:
    """The parts of a campaign; close it. `logs`: where the accounts are kept, if not in `home`."""

    def __init__(
        self,
        home: Path,
        *,
        events: int,
        seed: int,
        program: tuple[str, ...] = DAEMON,
        logs: Path | None = None,
    ) -> None:
        Paths.resolve({"CORGEA_HOME": str(home)}).make()
        self.home = home
        self.events = events
        self.daemon = DaemonProcess(home, program)
        self.acknowledged_log = (logs or home) / "acknowledged.jsonl"
        self.received_log = (logs or home) / "received.jsonl"
        self.allowed: Synchronized[int] = _spawn.Value("q", 0)
        self.acknowledged: Synchronized[int] = _spawn.Value("q", 0)
        self._receiver = self._start_receiver(seed)
        (home / "daemon.toml").write_text(SETTINGS.format(ca=home / "ca.pem"))
        self.producer = _spawn.Process(
            target=producer.run,
            args=(
                self.daemon.inbox,
                self.acknowledged_log,
                self.allowed,
                self.acknowledged,
                events,
                seed,
            ),
            daemon=True,
        )
        self.producer.start()

    def _start_receiver(self, seed: int) -> SpawnProcess:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.home / "ca.pem"))
        certificate = self.home / "receiver.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
            str(certificate)
        )
        ours, theirs = _spawn.Pipe(duplex=False)
        process = _spawn.Process(
            target=receiver.run, args=(self.received_log, certificate, seed, theirs), daemon=True
        )
        process.start()
        theirs.close()  # a receiver that does not start is an error then, not an endless wait
        self.port = ours.recv()
        return process

    def url(self, name: str) -> str:
        """Where the receiver takes what is for a webhook."""
        return f"https://127.0.0.1:{self.port}/{name}"

    def make_webhooks(self) -> None:
        """Make the webhooks that are not there yet."""
        for form in WEBHOOKS:
            try:
                self.daemon.call("POST", "/v1/webhooks", {**form, "url": self.url(form["name"])})
            except Refused as refused:
                if "taken" not in str(refused):
                    raise

    def allow(self, more: int) -> int:
        """Let the producer send some more; up to which event it may now."""
        self.allowed.value = min(self.events, self.allowed.value + more)
        return int(self.allowed.value)

    def acknowledged_lines(self) -> list[dict[str, Any]]:
        """What the producer has an acknowledgement for."""
        return [line for line in _lines(self.acknowledged_log) if "event_id" in line]

    def complaints(self) -> list[str]:
        """What the producer had to complain of."""
        lines = _lines(self.acknowledged_log)
        return [line["complaint"] for line in lines if "complaint" in line]

    def received_lines(self) -> list[dict[str, Any]]:
        """What has arrived at the receiver."""
        return _lines(self.received_log)

    def close(self) -> None:
        """End everything."""
        self.daemon.kill()
        for process in (self.producer, self._receiver):
            process.kill()
            process.join()


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]
