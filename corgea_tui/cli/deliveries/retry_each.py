"""Retrying deliveries that are named one by one."""

from collections.abc import Sequence

from corgea_tui.cli.delivery_results import outcome_line, to_the_end
from corgea_tui.cli.session import CommandContext
from corgea_tui.client import calls
from corgea_tui.client.errors import FAILED, Refused
from corgea_tui.text.output import show
from daemon.protocol import Delivery


def retry_each(session: CommandContext, deliveries: Sequence[str], timeout: float | None) -> bool:
    """Retry each; whether all could be and, waited for `timeout` seconds, succeeded.

    `timeout` None: do not wait. A single one that cannot be retried is raised, `Refused`.
    """
    if timeout is None:
        attempts = _started(session, deliveries)
        for identity, attempt in attempts.items():
            _tell(session, identity, attempt)
        return len(attempts) == len(set(deliveries))
    succeeded = 0

    def ended(delivery: Delivery) -> None:
        nonlocal succeeded
        succeeded += delivery.status == "succeeded"
        if session.json:
            session.out.json(delivery)
        else:
            session.out.line(outcome_line(session, delivery))

    to_the_end(session, lambda: _started(session, deliveries), timeout, ended)
    return succeeded == len(set(deliveries))


def _started(session: CommandContext, deliveries: Sequence[str]) -> dict[str, int]:
    """The attempts that are made now, by delivery; what is refused is told."""
    attempts: dict[str, int] = {}
    for identity in dict.fromkeys(deliveries):
        try:
            attempts[identity] = session.client.send(calls.retry(identity)).attempt
        except Refused as problem:
            if len(deliveries) == 1 or problem.exit_code != FAILED:
                raise
            session.out.note(f"{show(identity)}: {show(problem.message)}", "bad")
    return attempts


def _tell(session: CommandContext, identity: str, attempt: int) -> None:
    if session.json:
        session.out.json({"id": identity, "attempt": attempt})
    else:
        session.out.line(f"{show(identity)}  attempt {attempt} is made now")
