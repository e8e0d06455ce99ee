"""Simulated receivers with behaviours, the requests that reached them, and the sender."""

import asyncio
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from random import Random
from typing import Any

from daemon.delivery.attempts import AttemptRunner, Cancel, OnOutcome
from daemon.domain.deliveries.outcome import ErrorKind, Failure, Outcome, Response
from daemon.domain.deliveries.request import OutgoingRequest
from daemon.util import failpoints
from daemon.util.tasks import Tasks
from tests.simulation.simulated_clock import VirtualTime

BEHAVIOURS: dict[str, dict[str, int]] = {
    "healthy": {"ok": 97, "slow": 3},
    "dead": {"refused": 60, "500": 20, "503": 10, "dns": 5, "tls": 5},
    "hanging": {"hang": 9, "slow": 1},
    "flaky": {"ok": 5, "500": 3, "reset": 1, "lost": 1, "cut": 1},
    "slow": {"slow": 8, "ok": 1, "hang": 1},
    "busy": {"429": 6, "503 hint": 2, "ok": 4},
    "odd": {"ok": 3, "302": 2, "410": 2, "404": 2, "closed": 1, "lost": 1, "hang": 1},
}
"""What a receiver does in each behaviour, by weight."""

HINTS = ("1", "3", "30", "600", "date", "past", "soon", "", "-1", "9" * 400, "1.5")


@dataclass
class Arrival:
    """One request as a receiver saw it."""

    delivery: str
    event_type: str
    url: str
    headers: dict[str, str]
    body: bytes
    daemon: int
    steady: float
    taken: bool = False
    """Whether the receiver processed it, whatever it answered then."""
    cut: bool = False
    """Whether the process that sent it died, and not the daemon."""


@dataclass
class Receivers:
    """All receivers, each behind a host of its own."""

    time: VirtualTime
    random: Random
    behaviours: dict[str, str] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)

    def change_behaviour(self, host: str, behaviour: str | None = None) -> str:
        self.behaviours[host] = behaviour or self.random.choice(sorted(BEHAVIOURS))
        return self.behaviours[host]

    async def answer(self, arrival: Arrival, seconds: float) -> tuple[Failure | None, Any]:
        """What the sender gets within `seconds`: a failure, a response, both."""
        host = arrival.url.split("/")[2]
        acts = BEHAVIOURS[self.behaviours.get(host, "healthy")]
        act = self.random.choices(list(acts), list(acts.values()))[0]
        return await getattr(self, f"_{act.split()[-1]}", self._status)(act, arrival, seconds)

    async def _ok(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        await asyncio.sleep(self.random.random() * min(0.2, seconds / 2))
        arrival.taken = True
        return None, _response(self.random.choice((200, 200, 201, 204)), ())

    async def _slow(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        await asyncio.sleep(seconds * self.random.uniform(0.2, 0.99))
        arrival.taken = True
        return None, _response(200, ())

    async def _hang(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        arrival.taken = self.random.random() < 0.5
        await asyncio.sleep(seconds)
        return Failure(ErrorKind.TIMEOUT, f"no answer in {seconds:g} s"), None

    async def _lost(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        """Takes the body and resets the connection: delivered, and the daemon cannot know."""
        arrival.taken = True
        return Failure(ErrorKind.RESET, "the connection was reset"), None

    async def _cut(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        """The process that sends dies, before or after the receiver took it."""
        await asyncio.sleep(self.random.random() * seconds)
        arrival.taken, arrival.cut = self.random.random() < 0.5, True
        return Failure(ErrorKind.INTERRUPTED, "a process of the daemon's ended"), None

    async def _hint(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        return self._busy(503)

    async def _429(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        return self._busy(429)

    async def _status(self, act: str, arrival: Arrival, seconds: float) -> tuple[Any, Any]:
        if self.random.random() < 0.5:
            await asyncio.sleep(self.random.random() * min(0.3, seconds / 2))
        if not act.isdigit():
            return Failure(ErrorKind(act), f"{act}, says the simulation"), None
        return _http(int(act)), _response(int(act), ())

    def _busy(self, status: int) -> tuple[Any, Any]:
        hint = self.random.choice(HINTS)
        if hint in {"date", "past"}:
            ahead = 20 if hint == "date" else -500
            hint = formatdate(self.time.now_ms() / 1000 + ahead, usegmt=True)
        return _http(status), _response(status, (("Retry-After", hint),))


def _http(status: int) -> Failure:
    return Failure(ErrorKind.HTTP, f"{status} {HTTPStatus(status).phrase}")


def _response(status: int, headers: tuple[tuple[str, str], ...]) -> Response:
    return Response(status, HTTPStatus(status).phrase, headers, b"", truncated=False)


class SimulatedSender(AttemptRunner):
    """The daemon's sender: hands requests to the simulated receivers.

    `watch` sees each request before it goes out and may end the process there.
    """

    def __init__(self, receivers: Receivers, daemon: int, watch: Any) -> None:
        self._receivers = receivers
        self._life = daemon
        self._watch = watch
        self._tasks = Tasks()
        self.in_flight: dict[str, Arrival] = {}

    def reconfigure(self, policy: object) -> None:
        """The network is what it is."""

    async def close(self) -> None:
        await self._tasks.close()
        assert not self.in_flight, "closed while attempts are in flight"

    def begin(self, request: OutgoingRequest, timeout: float, ended: OnOutcome) -> Cancel:
        headers = dict(request.headers)
        arrival = Arrival(
            headers["X-Corgea-Delivery"],
            headers["X-Corgea-Event"],
            request.url,
            headers,
            request.body,
            self._life,
            self._receivers.time.steady(),
        )
        self._watch(arrival, self.in_flight)
        failpoints.hit("send.before")
        self._receivers.arrivals.append(arrival)
        failpoints.hit("send.after")
        self.in_flight[arrival.delivery] = arrival
        task = self._tasks.spawn(self._answered(arrival, timeout, ended), "answer")
        task.add_done_callback(lambda _: self.in_flight.pop(arrival.delivery, None))
        return task.cancel

    async def _answered(self, arrival: Arrival, timeout: float, ended: OnOutcome) -> None:  # noqa: ASYNC109  # as `Sender`
        time = self._receivers.time
        failure, response = await self._receivers.answer(arrival, timeout)
        spent = round((time.steady() - arrival.steady) * 1000)
        del self.in_flight[arrival.delivery]
        ended(Outcome(time.now_ms(), spent, failure, response))
