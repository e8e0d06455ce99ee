"""One turn of a day's work, made small: whatever people, programs and receivers do to a daemon."""

import json
import socket
from contextlib import closing, suppress
from http.client import HTTPException
from itertools import count

from tests.faults.receivers import Receivers
from tests.harness.client import NDJSON, Refused, UnixConnection, ask
from tests.harness.daemon import DaemonProcess

RETENTION_BYTES = 8 * 2**20
SETTINGS = """
[store]
retention_bytes = {retention}
[delivery]
schedule = [0.2]
timeout = 0.5
sender_processes = 1
[network]
ca_file = "{ca}"
"""
KINDS = ("fine", "close", "drip", "not text", "endless headers", "garbage", "bomb")
A_TURN = 300
FAILING = 1
"""Events of a turn for those that fail. A turn takes a second, and one that never answers is done
with eight attempts in it, four at once: two for each event, and some that were asked for."""
PAYLOAD = "x" * 700
_WATCHED = 3


class Load:
    """Keeps a daemon busy, a turn at a time."""

    def __init__(self, daemon: DaemonProcess, receivers: Receivers) -> None:
        self._daemon = daemon
        self._numbers = count(1)
        self._receivers = receivers
        self._turn = 0
        self.sent = 0
        settings = SETTINGS.format(retention=RETENTION_BYTES, ca=receivers.ca)
        daemon.settings(settings)

    def begin(self) -> None:
        """Make the webhooks."""
        for kind in KINDS:
            types = ["scan.*"] if kind == "fine" else ["scan.failed"]
            form = {"name": kind, "url": self._receivers.url(kind), "events": types}
            self._daemon.call("POST", "/v1/webhooks", {**form, "secret": f"of {kind}" + "1" * 32})

    def turn(self) -> None:
        """Do a bit of everything once."""
        self._turn += 1
        self._events()
        self._webhooks()
        self._looks()
        self._rude()
        if self._turn % 5 == 0:
            self._seldom()

    def _events(self) -> None:
        lines = [self._event("scan.completed") for _ in range(A_TURN)]
        lines += [self._event("scan.failed") for _ in range(FAILING)] + lines[:20] + [b"{"]
        self._post(b"\n".join(lines))
        self.sent += A_TURN + FAILING

    def _event(self, event_type: str) -> bytes:
        number = next(self._numbers)
        data = {"n": number, "project": {"id": str(number % 40)}, "filling": PAYLOAD}
        return json.dumps(
            {"event_type": event_type, "event_id": f"soak-{number}", "data": data}
        ).encode()

    def _post(self, body: bytes) -> None:
        ask(self._daemon.inbox, "POST", "/v1/events", body, headers={"Content-Type": NDJSON})

    def _webhooks(self) -> None:
        """One comes, changes and goes; those that were paused by their failures are activated."""
        call = self._daemon.call
        form = {"name": "for a while", "url": self._receivers.url("fine"), "events": ["user.*"]}
        version = call("POST", "/v1/webhooks", form)["version"]
        form = {**form, "body_template": '{"n":"{{data.n}}"}'}
        path = "/v1/webhooks/for%20a%20while"
        version = call("PUT", path, form, headers={"If-Match": str(version)})["version"]
        call("POST", f"{path}/test")
        call("DELETE", path, headers={"If-Match": str(version)})
        for kind in KINDS:
            call("POST", f"/v1/webhooks/{kind.replace(' ', '%20')}/activate")

    def _looks(self) -> None:
        for target in (
            "/v1/deliveries?limit=200&filter=status:failed",
            "/v1/deliveries?q=filling",
            "/v1/statistics?window=1h",
            "/v1/audit",
            "/v1/log",
            "/v1/events?limit=50",
        ):
            self._daemon.call("GET", target)
        with suppress(Refused, IndexError):
            failed = self._daemon.call("GET", "/v1/deliveries?status=failed&limit=1")["items"][0]
            self._daemon.call("POST", f"/v1/deliveries/{failed['id']}/retry")
        for _ in range(_WATCHED):
            with (
                suppress(OSError, HTTPException),
                closing(UnixConnection(self._daemon.control, 0.2)) as watcher,
            ):
                watcher.request("GET", "/v1/watch?since=0")
                watcher.getresponse().read(100_000)

    def _rude(self) -> None:
        """Peers that send nonsense, half of something, or nothing, and hang up."""
        for said in (b"", b"GET /v1/", b"\x16\x03\x01" * 50, b"POST /v1/events HTTP/1.1\r\n"):
            with suppress(OSError), socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self._daemon.control))
                peer.sendall(said)

    def _seldom(self) -> None:
        backup = self._daemon.home / "soak.db"
        self._daemon.call("POST", "/v1/daemon/backup", {"path": str(backup)})
        backup.unlink()
        self._daemon.call("POST", "/v1/deliveries/retry", {"filter": "status:failed", "limit": 5})
        with (
            suppress(OSError, HTTPException),
            closing(UnixConnection(self._daemon.control, 10)) as export,
        ):
            export.request("GET", "/v1/deliveries.csv")
            export.getresponse().read()
        file = self._daemon.home / "webhooks.d" / "soak.toml"
        file.parent.mkdir(exist_ok=True)
        broken = self._turn % 2
        url = self._receivers.url("fine")
        file.write_text(
            f'[[webhook]]\nname = "kept"\nurl = {7 if broken else json.dumps(url)}\n'
            'events = ["scan.started"]\n'
        )
