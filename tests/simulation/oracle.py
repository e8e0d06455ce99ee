"""The oracle: a simple model of the store, fed with the facts of every commit.

It is outside the daemon and survives its crashes. It knows what each delivery, webhook and count
must be now, and reports a violation when a commit contradicts the rules.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from daemon.domain.deliveries.lifecycle import (
    DeliveryKind,
    DeliveryStatus,
    EffectiveRetryPolicy,
    ManualRetry,
)
from daemon.domain.deliveries.outcome import ErrorKind
from daemon.domain.deliveries.statistics import bin_of
from daemon.store.commands.outcome import RecordOutcomes
from daemon.store.commands.recover import RecoverAttempt
from daemon.store.facts import (
    Counted,
    DeliveryChanged,
    EventArrived,
    Fact,
    FailuresChanged,
    JobChanged,
    Waiting,
    WebhookChanged,
)
from daemon.store.records import DeliveryRecord, WebhookRecord
from tests.simulation.simulated_clock import VirtualTime

MOST_DEATHS = 3
"""With so many a delivery is set aside (rules.md §3)."""
SUSPECT_DEATHS = 2
"""With so many it is sent alone."""


@dataclass
class ExpectedAttempt:
    """One attempt, as its commit said."""

    number: int
    manual: ManualRetry
    http_status: int | None
    kind: str | None
    duration_ms: int


@dataclass
class ExpectedDelivery:
    """A delivery, as its commits said."""

    record: DeliveryRecord
    steady: float
    """When its last commit was, on the steady clock."""
    wall_ms: int
    attempts: list[ExpectedAttempt] = field(default_factory=list)
    remade: int = 0
    """How often its body was made again: manual retries after an end."""
    bodies: dict[int, bytes] = field(default_factory=dict)
    """The bodies that were sent, by `remade`."""
    template: str | None = None
    """The webhook's template when the body was made."""


class ExpectedWebhook:
    """A webhook's state and consecutive failures, by rules written independently of the daemon."""

    def __init__(self, webhook: WebhookRecord) -> None:
        self.webhook = webhook
        self.consecutive_failures = 0
        self.pauses = 0

    @property
    def active(self) -> bool:
        return self.webhook.blocked_reason is None


class Oracle:
    """Keeps what was committed; reports a violation where a commit contradicts the rules."""

    def __init__(self, time: VirtualTime, violation: Callable[[str], None]) -> None:
        self._time = time
        self._violation = violation
        self.policy = EffectiveRetryPolicy()
        """The retry settings as the commands of the next commit see them."""
        self.seq = 0
        self.deliveries: dict[int, ExpectedDelivery] = {}
        self.rows: dict[str, int] = {}
        self.events: dict[int, EventArrived] = {}
        self.event_seqs: dict[str, int] = {}
        self.webhooks: dict[int, ExpectedWebhook] = {}
        self.counts: Counter[tuple[int, str]] = Counter()
        self.published_counts: Counter[tuple[int, str]] = Counter()
        self.last_sent: dict[int, int] = {}
        self.jobs: dict[int, Counter[str]] = defaultdict(Counter)
        self.commits = 0

    # --- one commit ---------------------------------------------------------------------------

    def committed(self, facts: Iterable[Fact], units: Iterable[Any]) -> None:
        """A batch is on disk."""
        self.commits += 1
        units = list(units)
        names = {type(unit).__name__ for unit in units}
        self._recovers = "RecoverClaims" in names
        self._cut = {unit._queued.record.row for unit in units if isinstance(unit, RecoverAttempt)}
        self._landed_at = [unit._now_ms for unit in units if isinstance(unit, RecordOutcomes)]
        self._due_pauses: set[int] = set()
        self._moved: dict[int, int] = {}
        self._wanted: dict[int, dict[int, DeliveryStatus]] = {}
        for fact in facts:
            self._number(fact)
            handler = self._HANDLERS.get(type(fact))
            if handler is not None:
                handler(self, fact)
        for row in self._due_pauses:
            self._violation(
                f"webhook {row} failed {self.webhooks[row].consecutive_failures} times"
                " and is not paused"
            )
        for row, consecutive_failures in self._moved.items():
            if "ActivateWebhook" in names:  # of an active webhook: no fact tells when
                self.webhooks[row].consecutive_failures = consecutive_failures
            if self.webhooks[row].consecutive_failures != consecutive_failures:
                self._violation(
                    f"webhook {row} has {consecutive_failures} consecutive failures, by the model"
                    f" {self.webhooks[row].consecutive_failures}"
                )
        for event, wanted in self._wanted.items():
            if wanted:
                self._violation(f"event {event} has no deliveries for webhooks {sorted(wanted)}")

    def _number(self, fact: Fact) -> None:
        seqs = fact.seqs.values() if isinstance(fact, Counted) else [getattr(fact, "seq", None)]
        for seq in seqs:
            if seq is not None and seq <= self.seq:
                self._violation(f"{type(fact).__name__} has number {seq} after number {self.seq}")
            self.seq = self.seq if seq is None else seq

    # --- events ---------------------------------------------------------------------------------

    def _event(self, fact: EventArrived) -> None:
        record = fact.record
        self.events[record.row] = fact
        self.event_seqs[record.event_id] = fact.seq
        if record.event_type != "webhook.test":
            self._wanted[record.row] = {
                row: DeliveryStatus.PENDING if model.active else DeliveryStatus.DISCARDED
                for row, model in self.webhooks.items()
                if model.webhook.deleted_at is None
                and wants(model.webhook, record.event_type, record.project_id)
            }

    # --- deliveries -------------------------------------------------------------------------------

    def _delivery(self, fact: DeliveryChanged) -> None:
        now = fact.record
        known = self.deliveries.get(now.row)
        if known is None:
            self._made(now)
        else:
            self._went_on(known, now)
        known = self.deliveries[now.row]
        known.record, known.steady = now, self._time.steady()
        known.wall_ms = self._time.now_ms()

    def _made(self, now: DeliveryRecord) -> None:
        self.deliveries[now.row] = ExpectedDelivery(now, 0.0, 0, template=self._template(now))
        self.rows[now.uid] = now.row
        self._count(now.webhook, now.status.value)
        if now.kind is DeliveryKind.EVENT:
            wanted = self._wanted.get(now.event_row, {}).pop(now.webhook, None)
            if wanted is not now.status:
                self._violation(f"delivery {now.row} was made {now.status}, wanted: {wanted}")

    def _went_on(self, known: ExpectedDelivery, now: DeliveryRecord) -> None:
        before = known.record
        if now.attempt not in (before.attempt, before.attempt + 1):
            self._violation(
                f"delivery {now.row} goes from attempt {before.attempt} to {now.attempt}"
            )
        if now.attempt > before.attempt:
            self._tried(known, now)
        self._check_deaths(before, now)
        if now.status is not before.status:
            self._count(now.webhook, before.status.value, -1)
            self._count(now.webhook, now.status.value)
            self._moved_on(known, before, now)
        if before.status is not DeliveryStatus.PENDING and now.manual is not ManualRetry.SINGLE:
            self._violation(f"delivery {now.row} was {before.status} and goes on unasked")

    def _tried(self, known: ExpectedDelivery, now: DeliveryRecord) -> None:
        kind = None if now.error is None else now.error.kind.value
        tried = ExpectedAttempt(
            now.attempt, known.record.manual, now.http_status, kind, now.duration_ms or 0
        )
        known.attempts.append(tried)
        self._count(now.webhook, "attempts")
        status = now.http_status
        self._count(now.webhook, f"http:{'none' if status is None else f'{status // 100}xx'}")
        if kind != ErrorKind.INTERRUPTED.value:
            self._count(now.webhook, f"ms:{bin_of(tried.duration_ms)}")
            self._check_schedule(known, now)
            self._consecutive_failures(known, now)

    def _check_schedule(self, known: ExpectedDelivery, now: DeliveryRecord) -> None:
        """As many attempts as the schedule allows, no fewer and no more; a test has one."""
        automatic = sum(
            tried.manual is not ManualRetry.SINGLE and tried.kind != ErrorKind.INTERRUPTED.value
            for tried in known.attempts
        )
        allowed = 1 if now.kind is DeliveryKind.TEST else len(self._schedule(now.webhook)) + 1
        alone = known.record.manual is ManualRetry.SINGLE
        if now.status is DeliveryStatus.PENDING:
            self._check_wait(now, self._schedule(now.webhook)[automatic - 1 :])
        hopeless = now.error is not None and now.error.kind is ErrorKind.TEMPLATE
        if now.status is DeliveryStatus.PENDING and (alone or hopeless or automatic >= allowed):
            self._violation(
                f"delivery {now.row} is tried again after {automatic} of {allowed} tries"
            )
        if now.status is DeliveryStatus.FAILED and not (alone or hopeless) and automatic < allowed:
            self._violation(f"delivery {now.row} has failed after {automatic} of {allowed} tries")
        if now.status is DeliveryStatus.DISCARDED and self.webhooks[now.webhook].active:
            self._violation(f"delivery {now.row} is discarded, its webhook is active")

    def _check_wait(self, now: DeliveryRecord, left: tuple[float, ...]) -> None:
        """The schedule's next wait, or longer if the receiver requested it, up to the cap."""
        hinted = self.policy.retry_after_max if now.http_status in {429, 503} else 0.0
        least, most = left[0], max(left[0], hinted)
        due = now.next_attempt_at or 0
        if not any(least * 1000 <= due - at <= most * 1000 + 1 for at in self._landed_at):
            self._violation(f"delivery {now.row} is due {due}, {least} to {most} s were to pass")

    def _check_deaths(self, before: DeliveryRecord, now: DeliveryRecord) -> None:
        """Each is counted. Two are forgiven; from the third on it is set aside, saying so."""
        died = (self._recovers or now.row in self._cut) and now.attempt > before.attempt
        if now.deaths != before.deaths + died:
            self._violation(f"delivery {now.row} is said to have died {now.deaths} times")
        if not died:
            return
        if now.tries != before.tries:
            self._violation(f"the death of delivery {now.row} used up a try")
        if now.status is DeliveryStatus.PENDING and now.deaths >= MOST_DEATHS:
            self._violation(f"delivery {now.row} died {now.deaths} times and is sent again")
        if (
            now.status is DeliveryStatus.FAILED
            and now.kind is not DeliveryKind.TEST
            and (now.deaths < MOST_DEATHS or now.error is None or "died" not in now.error.message)
        ):
            self._violation(f"delivery {now.row} was set aside after {now.deaths} deaths")

    def _moved_on(
        self, known: ExpectedDelivery, before: DeliveryRecord, now: DeliveryRecord
    ) -> None:
        if now.status is DeliveryStatus.PENDING:
            known.remade += 1
            known.template = self._template(now)
        elif now.job is not None:
            ended = "succeeded" if now.status is DeliveryStatus.SUCCEEDED else "failed"
            self.jobs[now.job][ended] += 1

    def _consecutive_failures(self, known: ExpectedDelivery, now: DeliveryRecord) -> None:
        """rules.md §3: only final failures after automatic tries count, a success resets."""
        model = self.webhooks[now.webhook]
        if now.kind is DeliveryKind.TEST or not model.active:
            return
        if now.status is DeliveryStatus.SUCCEEDED:
            model.consecutive_failures = 0
        elif now.status is DeliveryStatus.FAILED and known.record.manual is not ManualRetry.SINGLE:
            model.consecutive_failures += 1
            if model.consecutive_failures >= self.policy.pause_after:
                self._due_pauses.add(now.webhook)

    # --- webhooks ---------------------------------------------------------------------------------

    def _webhook(self, fact: WebhookChanged) -> None:
        webhook = fact.webhook
        model = self.webhooks.setdefault(webhook.row, ExpectedWebhook(webhook))
        if fact.cause == "failing":
            model.pauses += 1
            if webhook.row not in self._due_pauses:
                self._violation(
                    f"webhook {webhook.row} was paused by itself at"
                    f" {model.consecutive_failures} consecutive failures,"
                    f" {'active' if model.active else 'paused'} before"
                )
            self._due_pauses.discard(webhook.row)
        if fact.cause == "activated":
            model.consecutive_failures = 0
        model.webhook = webhook

    def _failures_changed(self, fact: FailuresChanged) -> None:
        self._moved[fact.webhook] = fact.consecutive_failures

    def _counted(self, fact: Counted) -> None:
        self.published_counts.update(fact.deltas)
        for row, at in fact.last.items():
            self.last_sent[row] = max(at, self.last_sent.get(row, 0))

    def _count(self, webhook: int, metric: str, by: int = 1) -> None:
        self.counts[webhook, metric] += by

    def _nothing(self, fact: Waiting | JobChanged) -> None:
        """The model does not need this fact."""

    _HANDLERS = {  # noqa: RUF012  # never changed
        EventArrived: _event,
        DeliveryChanged: _delivery,
        WebhookChanged: _webhook,
        FailuresChanged: _failures_changed,
        Counted: _counted,
    }

    def _template(self, record: DeliveryRecord) -> str | None:
        return self.webhooks[record.webhook].webhook.config.body_template

    def longest_wait(self, record: DeliveryRecord) -> float:
        """The longest that a delivery can have to wait, by its webhook as it is now."""
        return max((*self._schedule(record.webhook), self.policy.retry_after_max))

    def _schedule(self, webhook: int) -> tuple[float, ...]:
        """The waits between a webhook's tries, at this moment."""
        own = self.webhooks[webhook].webhook.config.retry.schedule
        return self.policy.schedule if own is None else own


def wants(webhook: WebhookRecord, event_type: str, project: str | None) -> bool:
    """Whether a webhook of the simulation's simple kind wants an event (rules.md §2)."""
    config = webhook.config
    family = event_type.split(".", maxsplit=1)[0] + ".*"
    if event_type not in config.events and family not in config.events:
        return False
    return not config.projects or project in config.projects
