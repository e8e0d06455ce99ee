"""The actions on a webhook or a delivery: retry, test, pause, activate, replay, delete."""

from corgea_tui.client import calls
from corgea_tui.screens.actions import bulk
from corgea_tui.screens.dialogs.questions import Choose, Confirm
from corgea_tui.screens.main_screen import MainScreen
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count, duration
from corgea_tui.views.details.delivery_text import outcome
from daemon.domain.events.timestamps import from_ms
from daemon.domain.filters.tokens import quote
from daemon.protocol import Delivery, Webhook, WebhookTestResult

MINUTE = 60_000
"""Milliseconds."""
SPANS = {"last 15 minutes": 15, "last hour": 60, "last 24 hours": 1440, "last 7 days": 10080}
"""The spans of a replay, in minutes."""


def retry(screen: MainScreen, delivery: Delivery) -> None:
    """Retry a delivery; a refusal is shown in the daemon's words."""
    screen.call(
        lambda client: client.send(calls.retry(delivery.id)),
        lambda retried: screen.toast(
            f"attempt {retried.attempt} to {delivery.webhook_name} is started"
        ),
        group="retry",
    )


def toggle(screen: MainScreen, webhook: Webhook) -> None:
    """Pause an active webhook, activate a paused one; confirm if a pause discards deliveries."""
    pending = webhook.statistics.pending
    if webhook.state == "paused":
        screen.call(
            lambda client: client.send(calls.activate(webhook.id)),
            lambda saved: screen.toast(
                f"{saved.name} is active; R in Webhooks replays the missed events"
            ),
            group="webhook",
        )
    elif pending:
        waiting = count(pending, "delivery", "deliveries")
        lines = [
            (Cell("Pause ", "here"), Cell(safe_line(webhook.name), "strong"), Cell("?", "here")),
            (),
            (Cell(f"Its waiting deliveries are discarded: {waiting}."),),
            (Cell("A replay can send them again once the webhook is active."),),
        ]
        screen.app.push_screen(Confirm(lines, "pause"), lambda yes: _pause(screen, webhook, yes))
    else:
        _pause(screen, webhook, True)


def _pause(screen: MainScreen, webhook: Webhook, agreed: bool | None) -> None:  # noqa: FBT001
    if agreed:
        screen.call(
            lambda client: client.send(calls.pause(webhook.id)),
            lambda saved: screen.toast(f"{saved.name} is paused: nothing is sent to it"),
            group="webhook",
        )


def test(screen: MainScreen, webhook: Webhook) -> None:
    """Send a test event to a webhook and show the outcome."""
    screen.toast(f"testing {webhook.name} …")

    def show_outcome(tested: WebhookTestResult) -> None:
        attempt = tested.attempt
        words = f"{webhook.name}: {outcome(attempt).text} in {duration(attempt.duration_ms)}"
        screen.toast(words, "error" if attempt.error else "information")

    screen.call(lambda client: client.send(calls.send_test(webhook.id)), show_outcome, group="test")


def delete(screen: MainScreen, webhook: Webhook) -> None:
    """Delete a webhook after the user typed its name."""
    if webhook.managed_by is not None:
        screen.toast(f"{webhook.name} comes from {webhook.managed_by}: remove it there", "warning")
        return

    def answered(yes: bool | None) -> None:  # noqa: FBT001  # Textual's callback
        if yes:
            screen.call(
                lambda client: client.send(calls.delete_webhook(webhook.id, webhook.version)),
                lambda _: screen.toast(f"{webhook.name} is deleted"),
                group="webhook",
            )

    pending = webhook.statistics.pending
    lines = [
        (Cell("Delete ", "bad"), Cell(safe_line(webhook.name), "strong"), Cell("?", "bad")),
        (),
        (
            Cell(
                f"Its pending deliveries are discarded: {count(pending, 'delivery', 'deliveries')}."
            ),
        ),
        (Cell("Its history stays. This cannot be undone."),),
    ]
    screen.app.push_screen(Confirm(lines, "delete", phrase=webhook.name), answered)


def replay(screen: MainScreen, webhook: Webhook) -> None:
    """Replay the failed and discarded deliveries of a span of time, after a confirmation."""
    if webhook.state == "paused":
        screen.toast(f"{webhook.name} is paused: activate it with p, then replay", "warning")
        return

    def chosen(name: str | None) -> None:
        if name is not None:
            name_of = quote(webhook.name, after_key=True)
            now = int(screen.session.now().timestamp() * 1000)
            since, began = from_ms(now - SPANS[name] * MINUTE), from_ms(now)
            bulk.run(
                screen,
                f"replay {name} to {webhook.name}",
                lambda *, dry_run: calls.replay(webhook.id, since, dry_run=dry_run),
                f"webhook:{name_of} kind:replay {bulk.NOT_SENT} since:{began}",
                screen.show_deliveries,
            )

    lines = [(Cell("Replay to ", "here"), Cell(safe_line(webhook.name), "strong"))]
    screen.app.push_screen(Choose(lines, [(name, "") for name in SPANS]), chosen)
