"""Runs a daemon on a virtual loop to its stop or crash; and scenarios that a test writes."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from daemon.settings import DeliverySettings
from tests.simulation.crashes import Crash
from tests.simulation.invariants import check_all
from tests.simulation.simulated_clock import Deadlock, Livelock, VirtualLoop
from tests.simulation.simulated_daemon import SimulatedDaemon
from tests.simulation.workload import ANN, event
from tests.simulation.world import World, made_world


class Broken(AssertionError):
    """An invariant did not hold; the message says what, and how to repeat it."""


def run_daemon(
    world: World, daemon: Coroutine[Any, Any, None], threat: Callable[[VirtualLoop], None]
) -> bool:
    """Run one daemon; returns whether it crashed. Raises `Broken` when it got stuck."""
    loop = made_loop(world)
    threat(loop)
    try:
        loop.run_until_complete(daemon)
    except Crash as crash:
        world.note(f"the daemon crash_at: {crash}")
        world.deaths += 1
        world.daemon.die(loop)
        return True
    except (Deadlock, Livelock) as stuck:
        world.violation(str(stuck))
        world.daemon.die(loop)
        raise Broken(failure_report(world)) from None
    loop.shut_down()
    return False


def made_loop(world: World) -> VirtualLoop:
    """A loop for one daemon; an exception that was not caught is a violation."""
    loop = VirtualLoop(world.time)
    loop.set_exception_handler(lambda _, context: _unheard(world, context))
    return loop


async def settle_and_check(world: World) -> None:
    """Start once more, let everything come to its end, and check all invariants."""
    daemon = SimulatedDaemon(world)
    await daemon.start()
    if not await daemon.settled():
        world.violation("what waits does not come to its end")
    if not world.violations:
        check_all(world, daemon)
    await daemon.stop()


def no_crash(loop: VirtualLoop) -> None:
    """Do not crash."""


def failure_report(world: World) -> str:
    """The violations, what happened before them, and how to repeat them."""
    shape, seed = ("long", *str(world.seed).split())[-2:]
    lines = [
        f"seed {world.seed}: {len(world.violations)} violations",
        *world.violations,
        "before them:",
        *world.log[-15:],
        f"again: python -m tests.simulation --seeds 1 --start {seed} --shape {shape} --verbose",
    ]
    return "\n".join(lines)


def _unheard(world: World, context: dict[str, Any]) -> None:
    if world.daemon is not None:
        world.violation(f"loop: {context.get('message')} {context.get('exception')!r}")


# --- for tests that write their history themselves --------------------------------------------


class Scenario:
    """A simulated world in which a test says what happens."""

    def __init__(self, world: World) -> None:
        self.world = world

    def run(
        self, script: Callable[[SimulatedDaemon], Awaitable[None]], *, crash_at: str | None = None
    ) -> None:
        """Start a daemon, run `script`, and stop it; or let it crash.

        `crash_at` is a failpoint of `crashes.PLACES`, or `at last` for after the script.
        """

        async def daemon() -> None:
            daemon = SimulatedDaemon(self.world)
            await daemon.start()
            await script(daemon)
            if crash_at == "at last":
                raise Crash(crash_at)
            await daemon.stop()

        if crash_at is not None:
            self.world.crash_injector.aim(crash_at)
        died = run_daemon(self.world, daemon(), no_crash)
        self.world.crash_injector.aim(None)
        assert died == (crash_at is not None), "the daemon was to crash, or was not to"

    async def webhook(self, daemon: SimulatedDaemon, name: str, **form: Any) -> Any:
        """Make a webhook for all scan events, at a receiver of the same name."""
        whole = {"name": name, "url": f"https://{name}.example.com/", "events": ["scan.*"], **form}
        return (await self.world.audited(daemon.service.webhooks.create(whole, ANN))).entry

    async def emit(
        self,
        daemon: SimulatedDaemon,
        times: int = 1,
        event_type: str = "scan.completed",
        **data: Any,
    ) -> list[str]:
        """Send events one after the other; the deliveries that they led to."""
        uids = []
        for _ in range(times):
            accepted = (await daemon.service.intake.accept([event(daemon, event_type, data)]))[0]
            uids += [ref.id for ref in accepted.deliveries]
        return uids

    def arrivals(self, name: str) -> list[Any]:
        """What reached the receiver of this name."""
        host = f"https://{name}.example.com/"
        return [each for each in self.world.receivers.arrivals if each.url.startswith(host)]

    def record(self, uid: str) -> Any:
        """A delivery, as of its last commit."""
        oracle = self.world.oracle
        return oracle.deliveries[oracle.rows[uid]].record


@contextmanager
def new_scenario(seed: int = 0, **delivery: Any) -> Iterator[Scenario]:
    """A scenario for one test; at the end everything settles and all invariants must hold."""
    with made_world(seed, delivery=DeliverySettings(**delivery)) as world:
        yield Scenario(world)
        run_daemon(world, settle_and_check(world), no_crash)
        if world.violations:
            raise Broken(failure_report(world))
