"""The composition root: builds the parts of a daemon, starts and stops them in order.

The path of an event through the parts of `Service`:

    intake           accepts it: a command for the writer, `AcceptEvents`
    writer           one thread with one connection; applies commands in groups, one commit each
    commit_handlers  on the loop: pass the changes of a commit to the parts that need them
    dispatcher       claims due deliveries and starts their attempts; posts commands to the writer
    sender           the HTTP requests, in this process or in workers
    hub              the stream of changes, for watchers

`readers` are threads for queries, `registry` holds all webhooks in memory.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from daemon import __version__
from daemon.delivery.attempts import AttemptRunner, SignedAttempts
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.scheduler.claim_slots import ClaimSlots, DeliveryLimits
from daemon.delivery.scheduler.dispatcher import Dispatcher
from daemon.delivery.workers.pool import WorkerPool
from daemon.domain.deliveries.lifecycle import EffectiveRetryPolicy
from daemon.protocol.paths import Paths
from daemon.services.change_stream import ChangeHub
from daemon.services.commit_handlers import CommitHandlers
from daemon.services.intake import EventCatalogue, Intake
from daemon.services.registry import Registry
from daemon.services.webhooks import WebhookService
from daemon.settings import Settings
from daemon.store.cipher import Cipher
from daemon.store.commands.recover import RecoverClaims
from daemon.store.database import (
    Database,
    Readers,
    last_seq,
    open_writer,
)
from daemon.store.dialect.sqlite import damage, left_uncleanly, tables
from daemon.store.errors import StoreProblem
from daemon.store.facts import Fact
from daemon.store.maintenance.migrate import migrate
from daemon.store.queries.deliveries import Backlog
from daemon.store.queries.health import holds_sealed
from daemon.store.queries.series import last_triggered, read_totals
from daemon.store.writer import Writer
from daemon.util import failpoints
from daemon.util.clock import Clock, SystemClock
from daemon.util.disk_reserve import Reserve
from daemon.util.ids import new_short
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)


class Machine(NamedTuple):
    """The clock, the threads of the store and the network that a service uses.

    The simulation replaces them.
    """

    clock: Clock = SystemClock()
    writer: Callable[..., Writer] = Writer
    readers: Callable[[Path], Readers] = Readers
    sender: Callable[[NetworkPolicy], AttemptRunner] = WorkerPool


class Service:
    """A daemon without its sockets: the store, the delivery loop, and the services for the API.

    It belongs to the running loop; `start` and `stop` it once. `failure` is done when the store
    fails: the process must then end.
    """

    def __init__(self, paths: Paths, settings: Settings, machine: Machine | None = None) -> None:
        machine = machine or Machine()
        self.paths = paths
        self.settings = settings
        self.owner = new_short("in")
        self.clock = machine.clock
        self.started_ms = self.clock.now_ms()
        self.failure: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._unclean = left_uncleanly(paths.database)
        self._tasks = Tasks()
        self.db, self.cipher = open_store(paths)
        self.catalogue = EventCatalogue(lambda: self.settings)
        self.readers = machine.readers(paths.database)
        self.registry = Registry()
        self.hub = ChangeHub(last_seq(self.db))
        limits = limits_of(settings)
        self.claim_slots = ClaimSlots(limits.claims, limits.silent_claims)
        self.writer = machine.writer(
            self.db,
            self.cipher,
            on_facts=self._take,
            on_failure=self._failed,
            reserve=Reserve(paths.reserve),
        )
        self.writer.memory.policy = policy_of(settings)
        self.sender = machine.sender(network_of(settings, paths))
        self.dispatcher = Dispatcher(
            owner=self.owner,
            writer=self.writer,
            backlog=Backlog(self.readers),
            attempts=SignedAttempts(self.sender, self.registry.prepared_of, self.clock),
            webhook_of=self.registry.webhook_of,
            clock=self.clock,
            claim_slots=self.claim_slots,
            limits=limits,
        )
        self.intake = Intake(
            owner=self.owner,
            writer=self.writer,
            claim_slots=self.claim_slots,
            clock=self.clock,
            most_waiting=settings.inbox.max_waiting,
        )
        self.webhooks = WebhookService(
            owner=self.owner,
            writer=self.writer,
            registry=self.registry,
            clock=self.clock,
            known_types=self.catalogue.names,
        )
        self.commit_handlers = CommitHandlers(
            registry=self.registry,
            dispatcher=self.dispatcher,
            intake=self.intake,
            webhooks=self.webhooks,
            hub=self.hub,
            writer=self.writer,
            clock=self.clock,
            settings=lambda: self.settings,
        )

    async def start(self) -> None:
        """Recover the attempts that the last daemon left in flight, then deliver."""
        self._load()
        self.writer.start()
        failpoints.hit("recover.begin")
        cut = await self.writer.submit(RecoverClaims(self.clock.now_ms()))
        if cut:
            log.warning("%d attempts were cut when the last daemon ended; they are made again", cut)
        failpoints.hit("recover.done")
        if self._unclean:
            self._tasks.spawn(self._check(), "check of the database")
        self.dispatcher.start()
        for entry in self.registry.everything():
            self.dispatcher.apply_webhook(entry.webhook, empty=entry.counts["pending"] <= 0)
            if entry.webhook.blocked_reason is not None and entry.counts["pending"] > 0:
                self.commit_handlers.discard_pending(entry.webhook.row)
        log.info("corgea-daemon %s delivers from %s", __version__, self.paths.database)

    async def stop(self) -> None:
        """Wait for attempts in flight, as long as the settings allow, and close the store.

        A failed store stays open: closing it would write to the file.
        """
        failed = self.failure.done()
        await self._tasks.close()
        await self.dispatcher.stop(0 if failed else self.settings.delivery.drain)
        await self.writer.close()
        failpoints.hit("drain.done")
        await self.sender.close()
        self.hub.close()
        if not failed:
            self.readers.close()
            self.db.close()

    def apply(self, settings: Settings) -> None:
        """Apply changed settings."""
        self.settings = settings
        self.writer.set_policy(policy_of(settings))
        self.intake.most_waiting = settings.inbox.max_waiting
        self.dispatcher.apply_limits(limits_of(settings))
        self.apply_network()

    def apply_network(self) -> None:
        """Apply the settings of the network, and the content of the files that they name."""
        try:
            self.sender.reconfigure(network_of(self.settings, self.paths))
        except ValueError as error:
            log.error("[network] %s (the network stays as it was)", error)  # noqa: TRY400  # the message is enough

    async def _check(self) -> None:
        """Check the database while delivery continues; stop the daemon when it is damaged."""
        log.info("the last daemon did not stop in order; checking %s", self.paths.database)
        for table in await self.readers.run(tables):
            look = partial(damage, table=table)
            found = await self.readers.run(look, slow=True, seconds=None)
            if found is not None:
                what = f"{self.paths.database} is damaged: {found}"
                self._failed(StoreProblem(f"{what}; keep the file, and restore a backup"))
                return
        log.info("%s is not damaged", self.paths.database)

    def _load(self) -> None:
        """Fill the registry from the store."""
        memory = self.writer.memory
        last = last_triggered(self.db)
        self.registry.load(
            (
                (webhook, memory.health[row].consecutive_failures, last[row])
                for row, webhook in memory.webhooks.items()
            ),
            read_totals(self.db),
        )
        self.intake.waiting = sum(e.counts["pending"] for e in self.registry.everything())
        self.commit_handlers.alerts.load(
            e.webhook.row for e in self.registry.all() if e.consecutive_failures
        )

    def _take(self, facts: list[Fact]) -> None:
        self.commit_handlers.handle(facts)

    def _failed(self, error: Exception) -> None:
        if not self.failure.done():
            self.failure.set_result(error)


def open_store(paths: Paths) -> tuple[Database, Cipher]:
    """Open and migrate the database, and read its key file."""
    if not paths.database.exists():
        os.close(os.open(paths.database, os.O_CREAT | os.O_WRONLY, 0o600))
    db = open_writer(paths.database)
    try:
        migrate(db, paths.database)
        return db, Cipher.from_file(paths.key, make=not holds_sealed(db))
    except BaseException:
        db.close()
        raise


def policy_of(settings: Settings) -> EffectiveRetryPolicy:
    """The retry policy of webhooks that have no policy of their own."""
    delivery = settings.delivery
    return EffectiveRetryPolicy(delivery.schedule, delivery.pause_after, delivery.retry_after_max)


def limits_of(settings: Settings) -> DeliveryLimits:
    """How many attempts may be in flight, and the limits of waits."""
    delivery = settings.delivery
    return DeliveryLimits(
        concurrency=delivery.concurrency,
        per_webhook=delivery.per_webhook_concurrency,
        timeout=delivery.timeout,
        schedule=delivery.schedule,
        retry_after_max=delivery.retry_after_max,
    )


def network_of(settings: Settings, paths: Paths) -> NetworkPolicy:
    """Which addresses may be dialled, and which certificates are trusted."""
    network = settings.network
    return NetworkPolicy(
        allow=network.allow,
        ca_file=network.ca_file,
        loopback_ca=paths.listen_ca,
        proxy=network.proxy,
        max_connections=settings.delivery.concurrency + 8,
        processes=settings.delivery.sender_processes,
    )
