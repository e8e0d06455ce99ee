"""The app's state, without any widget: link, daemon, webhooks, feeds, and what the role allows."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from corgea_tui.client.client import Client
from corgea_tui.client.errors import Unreachable
from corgea_tui.client.link import DaemonLink
from corgea_tui.client.updates import LinkState, Phase, Snapshot, Update, UpdateBatch
from corgea_tui.state.failure_runs import FailureRuns
from corgea_tui.state.feed import EventRow, Feed, row_of
from corgea_tui.text.safe_text import SafeText, safe_line
from daemon.protocol import DaemonInfo, Delivery, Job, Role, Webhook, role_includes


def alert(before: Webhook | None, after: Webhook) -> SafeText | None:
    """The alert for a change of a webhook; None when the change needs none."""
    if before is None:
        return None
    if before.state == "active" and after.state == "paused":
        return safe_line(f"{after.name} was paused: {after.paused_reason or 'by hand'}")
    failed_before = before.statistics.consecutive_failures
    if not failed_before and after.statistics.consecutive_failures:
        return safe_line(f"{after.name} starts failing")
    return None


FILTERS = {
    "failures": "status:failed",
    "failures of the last hour": "status:failed since:1h",
    "no answer": "status:failed http:none",
    "server errors": "http:5xx",
    "waiting": "status:pending",
    "set aside": "status:discarded",
}
"""The predefined filters; the user's own filters come from `tui.toml`."""


def utc_now() -> datetime:
    """The present time in UTC."""
    return datetime.now(UTC)


def _with_article(role: Role) -> str:
    return f"an {role}" if role[0] in "ao" else f"a {role}"


class Session:
    """One run of the app. Screens read it; only `apply` changes what came from the daemon."""

    def __init__(
        self,
        *,
        readonly: bool = False,
        host: str = "local",
        now: Callable[[], datetime] = utc_now,
        filters: Mapping[str, str] | None = None,
    ) -> None:
        """`filters`: the saved filters, by name."""
        self.filters = {**FILTERS, **(filters or {})}
        self.readonly = readonly
        self.now = now
        self.link_state = LinkState(Phase.CONNECTING, host)
        self.daemon: DaemonInfo | None = None
        self.webhooks: dict[str, Webhook] = {}
        self.jobs: dict[str, Job] = {}
        self.events = Feed[EventRow]()
        """The events; they are read when their screen is first opened."""
        self.feed = Feed[Delivery]()
        self.failure_runs = FailureRuns()
        self.stale = False
        """Whether the state is out of date: the link was lost and is not back yet."""
        self._alerts: list[SafeText] = []
        self._link: DaemonLink | None = None

    @property
    def client(self) -> Client:
        """The client of the daemon; raises `Unreachable` while there is no link."""
        if self._link is None:
            raise Unreachable("not connected to the daemon yet")
        return self._link.client

    @property
    def pause_after(self) -> int | None:
        """Failures in a row after which the daemon pauses a webhook; None: not known."""
        settings = self.daemon.settings.get("delivery") if self.daemon is not None else None
        found = settings.get("pause_after") if isinstance(settings, dict) else None
        return found if isinstance(found, int) else None

    def use(self, link: DaemonLink) -> None:
        """Use this link to the daemon from now on."""
        self._link = link

    def connect_now(self) -> None:
        """Try to connect at once."""
        if self._link is not None:
            self._link.connect_now()

    def blocked_reason(self, needed: Role) -> str | None:
        """Why an action that needs this role cannot be done now; None when it can."""
        if self.readonly and needed != "viewer":
            return "read only: the app was started with --readonly"
        if self.daemon is None:
            return "not connected to the daemon yet"
        if not role_includes(self.daemon.role, needed):
            here = _with_article(self.daemon.role)
            return f"needs {_with_article(needed)}: {self.daemon.login} is {here} here"
        return None

    def take_alerts(self) -> list[SafeText]:
        """The alerts since the last call."""
        alerts, self._alerts = self._alerts, []
        return alerts

    def apply(self, update: Update) -> None:
        """Take in an update of the link."""
        match update:
            case LinkState():
                self.link_state = update
                if update.phase is not Phase.CONNECTING:
                    self.stale = not update.connected
            case Snapshot():
                self._snapshot(update)
            case UpdateBatch():
                self._batch(update)

    def _snapshot(self, update: Snapshot) -> None:
        self.daemon = update.daemon
        self.webhooks = {webhook.id: webhook for webhook in update.webhooks}
        self.failure_runs.clear()
        self.events.outdated = self.events.loaded
        if self.feed.filter_text:
            self.feed.outdated = True
        else:
            self.feed.load(update.deliveries, gap=update.gap)

    def _batch(self, batch: UpdateBatch) -> None:
        if batch.deliveries:
            self.feed.apply(batch.deliveries)
        self.failure_runs.take_changes(batch.deliveries, batch.webhooks)
        for webhook in batch.webhooks:
            if (words := alert(self.webhooks.get(webhook.id), webhook)) is not None:
                self._alerts.append(words)
            self.webhooks[webhook.id] = webhook
        for webhook_id in batch.removed:
            self.webhooks.pop(webhook_id, None)
        if batch.events and self.events.loaded:
            self.events.apply([row_of(event) for event in batch.events])
        for job in batch.jobs:
            self.jobs[job.id] = job
        if batch.daemon is not None:
            self.daemon = batch.daemon
