"""A real service on the simulated clock, disk and network."""

import asyncio
from collections.abc import Sized
from functools import partial

from daemon.runtime.service import Machine, Service
from daemon.services.jobs import JobService
from daemon.settings import Settings
from daemon.util.tasks import Tasks
from tests.simulation.crashes import Crash
from tests.simulation.inline_store import Disk, InlineReaders, InlineWriter
from tests.simulation.receivers import Arrival, SimulatedSender
from tests.simulation.request_observer import RequestObserver
from tests.simulation.simulated_clock import VirtualLoop
from tests.simulation.world import World


class SimulatedDaemon:
    """A daemon from its start to its stop or crash, put together as `daemon.runtime.serve` does."""

    def __init__(self, world: World) -> None:
        world.starts += 1
        world.daemon = self
        self.world = world
        disk = Disk(world.rng(f"disk {world.starts}"))
        self.service = Service(
            world.paths,
            world.settings,
            Machine(
                clock=world.time,
                writer=partial(InlineWriter, disk=disk),
                readers=partial(InlineReaders, disk=disk),
                sender=lambda _: SimulatedSender(world.receivers, world.starts, self.sending),
            ),
        )
        service = self.service
        self.jobs = JobService(
            writer=service.writer,
            readers=service.readers,
            registry=service.registry,
            clock=world.time,
        )
        self._observer = RequestObserver(world, service)
        self._following = Tasks()

    async def start(self) -> None:
        self.service.commit_handlers.job_changed = self.jobs.changed
        await self.service.start()
        await self.jobs.resume()
        self.world.follower.follow(self, self._following)

    async def stop(self) -> None:
        await self._following.close()
        await self.jobs.close()
        await self.service.stop()
        self.world.daemon = None

    def die(self, loop: VirtualLoop) -> None:
        """End as after kill -9: what is not in the file is lost."""
        self.world.daemon = None
        self.service.writer.die()
        loop.shut_down()
        self.service.readers.close()
        self.service.db.close()

    def apply(self, settings: Settings) -> None:
        self.world.settings = settings
        self.service.apply(settings)

    def sending(self, arrival: Arrival, in_flight: dict[str, Arrival]) -> None:
        if self.world.daemon is not self:
            raise asyncio.CancelledError  # the process is gone
        self._observer.sending(arrival, in_flight)
        if self.world.deadly and b'"deadly"' in arrival.body:
            raise Crash("an event that kills")

    async def passes(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)

    @property
    def quiet(self) -> bool:
        """Nothing waits, nothing is in flight, no job runs."""
        service = self.service
        return (
            service.intake.waiting == 0
            and service.dispatcher.in_flight == 0
            and not self.jobs._progress
        )

    async def settled(self, acts: Sized = (), hours: float = 48.0) -> bool:
        """Whether everything, `acts` too, ended within this number of hours."""
        until = self.world.time.steady() + hours * 3600
        while len(acts) or not self.quiet:
            if self.world.time.steady() > until:
                return False
            await asyncio.sleep(1.0)
        await asyncio.sleep(2.0)
        return True
