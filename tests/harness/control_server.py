"""A control socket for tests of the link: real HTTP over a real Unix socket, GET only.

Answers that are rare or broken are tested with respx: unit/corgea_tui/client/test_answers.py.
"""

import asyncio
import json

import msgspec

from tests.app import fake_daemon


def delivery(id_, *, status="succeeded", **more):
    more = {"error": None, "http_status": 200, "attempt": 1, "event_id": f"event-{id_}", **more}
    return msgspec.to_builtins(fake_daemon.delivery(1, status, id=id_, **more))


def daemon_info(**more):
    return {**msgspec.to_builtins(fake_daemon.info()), **more}


def change(seq, type_, data):
    return json.dumps({"seq": seq, "type": type_, "data": data}).encode() + b"\n"


class ControlServer:
    """Lists come from attributes, `/v1/watch` from `send`; `answers` overrides a path."""

    def __init__(self, path):
        self.path = path
        self.seq = 0
        self.deliveries = []
        self.webhooks = []
        self.info = daemon_info()
        self.answers = {}
        self.watched_from = []
        self.watches = []
        self._server = None

    async def start(self):
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self):
        self.drop()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
            self.path.unlink(missing_ok=True)

    def drop(self):
        """Cut every stream, as a daemon that dies does."""
        for writer in self.watches:
            writer.transport.abort()
        self.watches.clear()

    async def watched(self, times):
        """Wait until `/v1/watch` was called `times` times; returns the targets of the calls."""
        async with asyncio.timeout(5):
            while len(self.watched_from) < times:  # many waiters, one counter
                await asyncio.sleep(0.002)
        return self.watched_from

    async def send(self, *lines):
        """Stream lines to every watcher."""
        await self.watched(1)
        for writer in self.watches:
            body = b"".join(lines)
            writer.write(b"%x\r\n%s\r\n" % (len(body), body))
            await writer.drain()

    async def _serve(self, reader, writer):
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if writer in self.watches:
                self.watches.remove(writer)
            writer.close()

    async def _answer_one(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        _, target, _ = head.split("\r\n")[0].split(" ")
        path = target.split("?")[0]
        if path == "/v1/watch" and path not in self.answers:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n")
            self.watches.append(writer)
            self.watched_from.append(target)
            await reader.read()
            return False
        status, answer = self.answers.get(path) or (200, self._list(path))
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(data)) + data)
        await writer.drain()
        return True

    def _list(self, path):
        if path == "/v1/daemon":
            return self.info
        items = {"/v1/deliveries": self.deliveries, "/v1/webhooks": self.webhooks}[path]
        return {"items": items, "next": None, "total": len(items), "seq": self.seq}
