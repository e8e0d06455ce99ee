"""Where lives are played: on a loop of their own, to their end or death."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from daemon.settings import DeliverySettings
from tests.simulation.actions import ANN, event
from tests.simulation.clockwork import Deadlock, Livelock, VirtualLoop
from tests.simulation.crashes import Crash
from tests.simulation.invariants import reckon
from tests.simulation.life import Life
from tests.simulation.world import World, made_world


class Broken(AssertionError):
    """A history in which something happened that must not; it says how to see it again."""


def play(
    world: World, life: Coroutine[Any, Any, None], threat: Callable[[VirtualLoop], None]
) -> bool:
    """Play one life; whether it ended in death. Raises `Broken` when it got stuck."""
    loop = made_loop(world)
    threat(loop)
    try:
        loop.run_until_complete(life)
    except Crash as crash:
        world.tell(f"the daemon dies: {crash}")
        world.deaths += 1
        world.life.die(loop)
        return True
    except (Deadlock, Livelock) as stuck:
        world.complain(str(stuck))
        world.life.die(loop)
        raise Broken(report(world)) from None
    loop.bury()
    return False


def made_loop(world: World) -> VirtualLoop:
    """A loop for one life; what it hears of that nobody caught is wrong."""
    loop = VirtualLoop(world.time)
    loop.set_exception_handler(lambda _, context: _unheard(world, context))
    return loop


async def calm(world: World) -> None:
    """Start once more, let everything come to its end, and reckon."""
    life = Life(world)
    await life.start()
    if not await life.settled():
        world.complain("what waits does not come to its end")
    if not world.wrong:
        reckon(world, life)
    await life.stop()


def safely(loop: VirtualLoop) -> None:
    """No threat."""


def report(world: World) -> str:
    """What is wrong, what came before it, and how to see it again."""
    shape, seed = ("long", *str(world.seed).split())[-2:]
    lines = [
        f"seed {world.seed}: {len(world.wrong)} things are wrong",
        *world.wrong,
        "the last acts:",
        *world.acts[-15:],
        f"again: python -m tests.simulation --seeds 1 --start {seed} --shape {shape} --verbose",
    ]
    return "\n".join(lines)


def _unheard(world: World, context: dict[str, Any]) -> None:
    if world.life is not None:
        world.complain(f"loop: {context.get('message')} {context.get('exception')!r}")


# --- for tests that write their history themselves --------------------------------------------


class Stage:
    """A world whose lives a test writes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def live(self, scene: Callable[[Life], Awaitable[None]], *, dies: str | None = None) -> None:
        """Start a daemon, play `scene`, stop it; or let it die at a place, at the end by default.

        `dies` is a place of `crashes.PLACES`, or `at last` for after the scene.
        """

        async def life() -> None:
            born = Life(self.world)
            await born.start()
            await scene(born)
            if dies == "at last":
                raise Crash(dies)
            await born.stop()

        if dies is not None:
            self.world.executioner.aim(dies)
        died = play(self.world, life(), safely)
        self.world.executioner.aim(None)
        assert died == (dies is not None), "the daemon lived or died against the script"

    async def webhook(self, life: Life, name: str, **form: Any) -> Any:
        """Make a webhook that wants everything, at a receiver of the same name."""
        whole = {"name": name, "url": f"https://{name}.example.com/", "events": ["scan.*"], **form}
        return (await self.world.audited(life.service.webhooks.create(whole, ANN))).entry

    async def emit(
        self, life: Life, times: int = 1, event_type: str = "scan.completed", **data: Any
    ) -> list[str]:
        """Send events one after the other; the deliveries that they led to."""
        uids = []
        for _ in range(times):
            accepted = (await life.service.intake.accept([event(life, event_type, data)]))[0]
            uids += [ref.id for ref in accepted.deliveries]
        return uids

    def arrivals(self, name: str) -> list[Any]:
        """What reached the receiver of this name."""
        host = f"https://{name}.example.com/"
        return [each for each in self.world.receivers.arrivals if each.url.startswith(host)]

    def record(self, uid: str) -> Any:
        """A delivery as the store last told of it."""
        witness = self.world.witness
        return witness.deliveries[witness.rows[uid]].record


@contextmanager
def staged(seed: int = 0, **delivery: Any) -> Iterator[Stage]:
    """A stage for one test; at the end everything settles and all invariants must hold."""
    with made_world(seed, delivery=DeliverySettings(**delivery)) as world:
        yield Stage(world)
        play(world, calm(world), safely)
        if world.wrong:
            raise Broken(report(world))
