"""A state machine for Hypothesis: events, calls, receivers, time and crashes, in any order.

Hypothesis picks the steps and shrinks what it finds. The service and the store are real, on a
simulated clock. After each step the store is compared with the oracle's model of all commits;
what holds at rest is checked when a step lets everything settle.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack, suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from daemon.protocol.refusal import Refusal
from daemon.store.commands.prune import Prune
from daemon.store.errors import StoreError
from daemon.util.tasks import Tasks
from tests.simulation.crashes import PLACES, Crash
from tests.simulation.invariants import check_all
from tests.simulation.invariants.always import check_always
from tests.simulation.receivers import BEHAVIOURS
from tests.simulation.scenario import Broken, failure_report, made_loop, new_scenario
from tests.simulation.simulated_daemon import SimulatedDaemon
from tests.simulation.workload import ANN, SCHEDULES, SUBSCRIPTIONS, TEMPLATES, TYPES, event
from tests.simulation.world import narrow

SECONDS = st.sampled_from((0.0, 0.003, 0.3, 3.0, 61.0))
FORMS = st.fixed_dictionaries(
    {
        "events": st.sampled_from(SUBSCRIPTIONS),
        "projects": st.sampled_from(([], ["1"])),
        "secret": st.sampled_from((None, "a secret")),
        "body_template": st.sampled_from((None, None, *TEMPLATES)),
        "retry": st.fixed_dictionaries(
            {
                "schedule": st.sampled_from(SCHEDULES),
                "concurrency": st.sampled_from((None, 1, 2)),
                "rate": st.sampled_from((None, None, 20.0)),
            }
        ),
    }
)


class Machine(RuleBasedStateMachine):
    """One daemon's history. Calls also use names of deleted webhooks, which must be refused."""

    names = Bundle("names")

    @initialize(
        target=names,
        seed=st.integers(0, 2**16),
        size=st.sampled_from((2, 5, 20)),
        wide=st.sampled_from((1, 4, 64)),
        pause_after=st.sampled_from((1, 3, 10)),
        forms=st.lists(FORMS, min_size=1, max_size=3),
    )
    def begin(
        self, seed: int, size: int, wide: int, pause_after: int, forms: list[dict[str, Any]]
    ) -> MultipleResults[str]:
        self._stack = ExitStack()
        self._stack.enter_context(narrow(size))
        self._stage = self._stack.enter_context(
            new_scenario(
                seed, concurrency=wide, per_webhook_concurrency=wide, pause_after=pause_after
            )
        )
        self._world = self._stage.world
        self._made = 0
        self._live()
        return multiple(*map(self._create, forms))

    def teardown(self) -> None:
        """Stop, start once more, let everything settle, and check all invariants."""
        self._world.crash_injector.aim(None)
        self._play(self._end())
        self._loop.shut_down()
        self._stack.close()

    # --- starts ----------------------------------------------------------------------------------

    def _live(self) -> None:
        async def start() -> None:
            self._life, self._tasks = SimulatedDaemon(self._world), Tasks()
            await self._life.start()

        self._loop = made_loop(self._world)
        self._play(start())

    async def _end(self) -> None:
        await self._tasks.close()
        await self._life.stop()

    def _play(self, script: Coroutine[Any, Any, None]) -> None:
        """Run until the script is over, or the daemon crashes; then another one is started."""
        try:
            self._loop.run_until_complete(script)
        except Crash as crash:
            self._die(crash)

    def _die(self, crash: Crash) -> None:
        self._world.note(f"the daemon dies: {crash}")
        self._world.deaths += 1
        self._life.die(self._loop)
        self._live()

    def _act(self, act: Callable[[], Awaitable[Any]], seconds: float) -> None:
        """Begin a call, and let some time pass, whether it has ended by then or not."""

        async def quietly() -> None:
            with suppress(Refusal, StoreError):
                await act()

        async def script() -> None:
            self._tasks.spawn(quietly(), "act")
            await self._life.passes(seconds)

        self._play(script())

    @rule(seconds=st.sampled_from((0.05, 5.0, 600.0)))
    def time_passes(self, seconds: float) -> None:
        self._play(self._life.passes(seconds))

    @rule(seconds=st.sampled_from((-86_400, -5, 5, 86_400)))
    def the_wall_clock_is_set(self, seconds: int) -> None:
        self._world.time.jump(seconds * 1000)

    @rule()
    def restart(self) -> None:
        starts = self._world.starts
        self._play(self._end())
        if self._world.starts == starts:  # it did not crash instead
            self._loop.shut_down()
            self._live()

    @rule(place=st.none() | st.sampled_from(PLACES), count=st.integers(1, 3))
    def dies(self, place: str | None, count: int) -> None:
        """Crash now, or when a failpoint is reached."""
        if place is None:
            self._die(Crash("here"))
        else:
            self._world.crash_injector.aim(place, count)

    @rule()
    def settles(self) -> None:
        self._world.crash_injector.aim(None)

        async def script() -> None:
            if not await self._life.settled(self._tasks):
                self._world.violation("what waits does not come to its end")
            check_all(self._world, self._life)

        self._play(script())

    @invariant()
    def what_always_holds(self) -> None:
        check_always(self._world, self._life)
        if self._world.violations:
            raise Broken(failure_report(self._world))

    # --- receivers, producers -------------------------------------------------------------------

    @rule(
        name=names,
        behaviour=st.none() | st.sampled_from(sorted(BEHAVIOURS)),
        event_type=st.sampled_from(TYPES),
        project=st.sampled_from((None, "1", "2")),
        times=st.integers(1, 15),
        seconds=SECONDS,
    )
    def events_come(
        self,
        name: str,
        behaviour: str | None,
        event_type: str,
        project: str | None,
        times: int,
        seconds: float,
    ) -> None:
        """Events come in; from then on a receiver may have another behaviour."""
        if behaviour is not None:
            self._world.receivers.change_behaviour(f"{name}.example.com", behaviour)
        data = {"n": 1} if project is None else {"project": {"id": project, "name": "Web"}, "n": 1}
        events = [event(self._life, event_type, data) for _ in range(times)]

        async def act() -> None:
            accepted = await self._life.service.intake.accept(events)
            for given, answer in zip(events, accepted, strict=True):
                self._world.acknowledge(given, answer)

        self._act(act, seconds)

    # --- people ---------------------------------------------------------------------------------

    def _asks(self, call: Callable[[SimulatedDaemon], Awaitable[Any]], seconds: float) -> None:
        """A call that leaves an audit entry."""
        self._act(lambda: self._world.audited(call(self._life)), seconds)

    @rule(target=names, form=FORMS)
    def create(self, form: dict[str, Any]) -> str:
        return self._create(form)

    def _create(self, form: dict[str, Any]) -> str:
        self._made += 1
        name = f"hook{self._made}"
        whole = {"name": name, "url": f"https://{name}.example.com/", **form}
        self._asks(lambda daemon: daemon.service.webhooks.create(whole, ANN), 0.3)
        return name

    @rule(name=names, form=FORMS, seconds=SECONDS)
    def edit(self, name: str, form: dict[str, Any], seconds: float) -> None:
        whole = {"name": name, "url": f"https://{name}.example.com/v2", **form}
        self._asks(lambda daemon: daemon.service.webhooks.replace(name, whole, None, ANN), seconds)

    @rule(name=consumes(names), seconds=SECONDS)
    def delete(self, name: str, seconds: float) -> None:
        self._asks(lambda daemon: daemon.service.webhooks.delete(name, None, ANN), seconds)

    @rule(name=names, active=st.booleans(), seconds=SECONDS)
    def pause_or_activate(self, name: str, active: bool, seconds: float) -> None:  # noqa: FBT001
        webhooks = self._life.service.webhooks
        act = webhooks.activate if active else webhooks.pause
        self._act(lambda: act(name, ANN), seconds)

    @rule(name=names, seconds=SECONDS)
    def send_test(self, name: str, seconds: float) -> None:
        self._asks(lambda daemon: daemon.service.webhooks.test(name, ANN, b"{}"), seconds)

    @precondition(lambda self: self._world.oracle.deliveries)
    @rule(back=st.integers(0, 30), seconds=SECONDS)
    def retry(self, back: int, seconds: float) -> None:
        known = list(self._world.oracle.deliveries.values())
        uid = known[-1 - back % len(known)].record.uid
        self._asks(lambda daemon: daemon.service.webhooks.retry(uid, ANN), seconds)

    @rule(
        text=st.sampled_from(("status:failed", "status:discarded", "http:5xx", "Web")),
        limit=st.sampled_from((None, 1, 7)),
        rate=st.sampled_from((None, 50.0)),
        seconds=SECONDS,
    )
    def bulk_retry(self, text: str, limit: int | None, rate: float | None, seconds: float) -> None:
        self._asks(
            lambda daemon: daemon.jobs.start_retry(text=text, limit=limit, rate=rate, caller=ANN),
            seconds,
        )

    @rule(name=names, limit=st.sampled_from((None, 1, 7)), seconds=SECONDS)
    def replay(self, name: str, limit: int | None, seconds: float) -> None:
        until = self._world.time.now_ms() + 1
        self._asks(
            lambda daemon: daemon.jobs.start_replay(
                webhook=name,
                since_ms=until - 3_600_000,
                until_ms=until,
                text="",
                limit=limit,
                rate=None,
                caller=ANN,
            ),
            seconds,
        )

    @rule(seconds=SECONDS)
    def cancel(self, seconds: float) -> None:
        found = self._life.service.db.execute_sql("SELECT uid FROM jobs ORDER BY id DESC LIMIT 1")
        for (uid,) in found.fetchall():  # a call may end the daemon and close its database
            self._asks(lambda daemon, uid=uid: daemon.jobs.cancel(uid, ANN), seconds)

    @rule(back=st.sampled_from((0, 60_000)), seconds=SECONDS)
    def prune(self, back: int, seconds: float) -> None:
        self._world.pruned = True
        before = self._world.time.now_ms() - back
        self._act(lambda: self._life.service.writer.submit(Prune(before)), seconds)


def run_machine(examples: int) -> None:
    """Run this many histories."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)
