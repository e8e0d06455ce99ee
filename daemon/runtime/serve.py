"""`corgea-daemon run`: the process, from the lock to the last commit.

`serve` holds the lock, and reports a failed start by a message and an exit code. `Daemon` connects
a `Service` with sockets, files, signals and systemd.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from daemon.api.all_endpoints import ENDPOINTS
from daemon.api.parts import Identity, Parts
from daemon.api.server import Api
from daemon.api.sockets import bind_socket, inherited_sockets
from daemon.protocol.paths import PathProblem, Paths
from daemon.runtime import systemd
from daemon.runtime.lock import Lock, LockHeld
from daemon.runtime.rlimits import FileShortageHandler, forbid_core_dumps, raise_file_limit
from daemon.runtime.service import Service
from daemon.services.audit_trail import AuditHead, SettingsAudit
from daemon.services.daemon_control import DaemonControl
from daemon.services.jobs import JobService
from daemon.services.log import Log
from daemon.services.provisioning import Provisioner
from daemon.services.retention import Retention
from daemon.services.unsaved_test import UnsavedTest
from daemon.services.webhook_alerts import Notifier
from daemon.settings import Settings
from daemon.settings.live import LiveSettings
from daemon.settings.read import SettingsInvalid, located, problem_line
from daemon.settings.views import changed_settings, public_settings
from daemon.store.cipher import KeyProblem
from daemon.store.database import SqlErrors
from daemon.store.errors import StoreError, StoreProblem
from daemon.util import failpoints
from daemon.util.gc_tuning import collect_every_minute, freeze_and_collect_rarely
from daemon.util.tasks import Tasks

log = logging.getLogger(__name__)

CANNOT_START = 1


def serve(paths: Paths, settings_path: Path | None, *, system: bool) -> int:
    """Run a daemon until it has to stop; returns the exit code. Start errors go to stderr."""
    log_handlers = Log()
    forbid_core_dumps()
    raise_file_limit()
    try:
        live = LiveSettings(settings_path or paths.settings, system=system)
        log_handlers.apply(live.current.log.level, live.current.log.format)
        paths = located(paths, live.current)
        paths.make()
        with Lock.take(paths.lock):
            return asyncio.run(_run(paths, live, log_handlers))
    except SettingsInvalid as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem_line(problem)}\n")
    except (PathProblem, LockHeld, StoreProblem, KeyProblem, StoreError) as error:
        sys.stderr.write(f"corgea-daemon: {error}\n")
    except SqlErrors as error:
        sys.stderr.write(f"corgea-daemon: {paths.database} cannot be used: {error}\n")
    finally:
        log_handlers.close()
    return CANNOT_START


async def _run(paths: Paths, live: LiveSettings, handlers: Log) -> int:
    service = Service(paths, live.current)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(FileShortageHandler())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    daemon = Daemon(service, live, handlers, stopping.set)
    try:
        await daemon.start()
        freeze_and_collect_rarely()
        service.failure.add_done_callback(lambda _: stopping.set())
        await stopping.wait()
    finally:
        await daemon.stop()
    if service.failure.done():
        _exit_now(f"the store failed: {service.failure.result()}")
    return 0


def _exit_now(message: str) -> NoReturn:
    """Exit at once: an orderly exit would write to a database file that may be damaged."""
    sys.stderr.write(f"corgea-daemon: {message}\n")
    sys.stderr.flush()
    os._exit(CANNOT_START)


class Daemon:
    """A service with its sockets, files and signals; calls `stop` when an admin stops it."""

    def __init__(
        self, service: Service, live: LiveSettings, handlers: Log, stop: Callable[[], None]
    ) -> None:
        self._service = service
        self._live = live
        self._handlers = handlers
        self._tasks = Tasks()
        self._jobs = JobService(
            writer=service.writer,
            readers=service.readers,
            registry=service.registry,
            clock=service.clock,
        )
        self._retention = Retention(
            writer=service.writer,
            readers=service.readers,
            clock=service.clock,
            settings=lambda: live.current.store,
        )
        self._audit_head = AuditHead(service.paths.key, service.readers)
        self._notifier = Notifier(lambda: live.current.notify.command)
        self._provisioner = Provisioner(service.paths.webhooks, service.webhooks, service.registry)
        control = DaemonControl(
            registry=service.registry,
            intake=service.intake,
            dispatcher=service.dispatcher,
            commit_handlers=service.commit_handlers,
            writer=service.writer,
            database=service.paths.database,
            clock=service.clock,
            stop=stop,
        )
        self._api = Api(self._parts(control), ENDPOINTS)
        live.listen(self._settings_changed)
        audit = SettingsAudit(live.path, live.current, service.writer, service.clock)
        live.listen(audit.changed)

    async def start(self) -> None:
        """Start deliveries, then accept calls, then watch the files."""
        service = self._service
        service.commit_handlers.notify = self._notifier.notify
        service.commit_handlers.job_changed = self._jobs.changed
        service.commit_handlers.audited = self._audit_head.entry_added
        await self._audit_head.start()
        await service.start()
        await self._jobs.resume()
        await self._provisioner.catch_up()
        await self._listen()
        failpoints.hit("start.listening")
        database_folder = service.paths.database.parent
        self._tasks.spawn(self._live.watch(database_folder), "settings")
        self._tasks.spawn(self._provisioner.run(), "webhook files")
        self._tasks.spawn(self._retention.run(), "retention")
        self._tasks.spawn(self._beat(), "heartbeat")
        self._tasks.spawn(collect_every_minute(), "garbage collection")
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        systemd.notify(systemd.READY)
        sys.stderr.write(f"corgea-daemon listens on {service.paths.run}\n")
        sys.stderr.flush()

    async def stop(self) -> None:
        """Stop accepting calls, wait for the attempts in flight, close the store."""
        systemd.notify(systemd.STOPPING)
        failpoints.hit("drain.begin")
        await self._tasks.close()
        await self._jobs.close()
        await self._api.close()
        await self._service.stop()
        await self._audit_head.close()
        await self._notifier.close()

    async def _listen(self) -> None:
        paths, access = self._service.paths, self._live.current.access
        inherited = inherited_sockets(os.environ)
        for name, path in (("inbox", paths.inbox), ("control", paths.control)):
            listener = inherited.get(path.name)
            ours = listener is None
            if listener is None:
                mode = 0o600 if access.group is None else 0o660
                listener = bind_socket(path, mode, access.group)
            await self._api.start(name, listener, ours=ours)  # type: ignore[arg-type]

    async def _beat(self) -> None:
        """Once a second, send the daemon's state to watchers and a heartbeat to systemd."""
        interval = systemd.watchdog_interval()
        while True:
            await asyncio.sleep(min(1.0, interval or 1.0))
            self._api.tick()
            if interval is not None:
                systemd.notify(systemd.WATCHDOG)

    def _reload(self) -> None:
        self._live.reload()
        self._service.apply_network()
        self._provisioner.reread()

    def _settings_changed(self, settings: Settings) -> None:
        self._handlers.apply(settings.log.level, settings.log.format)
        self._service.apply(settings)
        self._provisioner.reread()

    def _parts(self, control: DaemonControl) -> Parts:
        service = self._service
        return Parts(
            identity=Identity(
                service.owner, service.started_ms, service.paths.data, service.paths.database
            ),
            readers=service.readers,
            cipher=service.cipher,
            registry=service.registry,
            intake=service.intake,
            webhooks=service.webhooks,
            unsaved_test=UnsavedTest(
                webhooks=service.webhooks,
                sender=service.sender,
                writer=service.writer,
                clock=service.clock,
                settings=lambda: self._live.current.delivery,
            ),
            jobs=self._jobs,
            changes=service.hub,
            catalogue=service.catalogue,
            control=control,
            log=self._handlers.ring,
            clock=service.clock,
            settings=lambda: self._live.current,
            public_settings=public_settings,
            settings_changed=lambda settings: changed_settings(settings, self._live.defaults),
            setting_problems=lambda: (*self._live.problems, *self._provisioner.problems),
        )
