"""Mutations: daemons with a fault put in on purpose, which a history must find."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from daemon.domain.deliveries import lifecycle
from daemon.domain.deliveries.lifecycle import Recovery
from daemon.services.commit_handlers import CommitHandlers
from daemon.store.commands import outcome, recover
from daemon.store.commands.recover import RecoverClaims

Mutation = Callable[[], AbstractContextManager[Any]]


def claims_outlive_a_death() -> AbstractContextManager[Any]:
    """What was on the wire when the daemon died is never made again."""
    return mock.patch.object(RecoverClaims, "apply", return_value=0)


def deaths_are_forgotten() -> AbstractContextManager[Any]:
    """A delivery may kill the daemon again and again."""
    after_death = recover.after_death

    def forgetful(deaths: int) -> Recovery:
        return after_death(0)

    return mock.patch.object(recover, "after_death", forgetful)


def suspects_are_sent_beside_others() -> AbstractContextManager[Any]:
    """What the daemon has died of twice goes out beside others."""
    return mock.patch.object(lifecycle, "QUARANTINE_DEATHS", 10)


def retries_come_early() -> AbstractContextManager[Any]:
    """A try comes after half its wait."""
    wait = lifecycle.retry_wait
    return mock.patch.object(lifecycle, "retry_wait", lambda *given: wait(*given) / 2)


def a_pause_discards_one_step() -> AbstractContextManager[Any]:
    """What does not go into the first step of a pause stays pending."""
    return mock.patch.object(CommitHandlers, "discard_pending")


def attempts_go_uncounted() -> AbstractContextManager[Any]:
    """Attempts are not counted in the statistics."""
    return mock.patch.object(outcome, "count_attempt")


MUTATIONS: tuple[Mutation, ...] = (
    claims_outlive_a_death,
    deaths_are_forgotten,
    suspects_are_sent_beside_others,
    retries_come_early,
    a_pause_discards_one_step,
    attempts_go_uncounted,
)
