"""`corgea-tui webhooks pause` and `activate`."""

from collections.abc import Callable

from corgea_tui.cli.session import CommandContext, pass_session
from corgea_tui.cli.verb import verb
from corgea_tui.cli.webhooks.complete import webhook_arguments
from corgea_tui.client import calls
from corgea_tui.client.calls import Call
from corgea_tui.text.output import show
from daemon.protocol import WebhookSaved


@verb("pause", example="corgea-tui webhooks pause 'Jira tickets'")
@webhook_arguments
@pass_session
def pause(session: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Pause webhooks. What waits for them is discarded and can be replayed later."""
    _each(session, webhooks, calls.pause)


@verb("activate", example="corgea-tui webhooks activate 'Jira tickets'")
@webhook_arguments
@pass_session
def activate(session: CommandContext, *, webhooks: tuple[str, ...]) -> None:
    """Send to paused webhooks again, and start their count of failures anew.

    What they missed is not sent by itself: see corgea-tui webhooks replay.
    """
    _each(session, webhooks, calls.activate)


def _each(
    session: CommandContext, names: tuple[str, ...], action: Callable[[str], Call[WebhookSaved]]
) -> None:
    found = [session.client.webhook(name).id for name in names]  # all of them, or none is touched
    for identity in found:
        webhook, paint = session.fetch(action(identity)), session.out.paint
        if webhook is None:
            continue
        word = paint("‖ paused", "warn") if webhook.state == "paused" else paint("● active", "good")
        session.out.line(f"{word}  {show(webhook.name)}")
        missed = webhook.statistics.discarded
        if webhook.state == "active" and missed:
            hint = f"{missed:,} of its deliveries were discarded; to send them again:"
            session.out.note(f"{hint} corgea-tui webhooks replay {click_quoted(webhook.name)}")


def click_quoted(name: str) -> str:
    """A name as it can be pasted into a shell."""
    import shlex

    return shlex.quote(show(name))
