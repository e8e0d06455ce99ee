"""The webhook of `listen --subscribe`, which exists while the command runs."""

from pathlib import Path

from corgea_tui.client import calls
from corgea_tui.client.errors import NOT_FOUND, ClientError, Failed, Refused
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.receiver.server import ADDRESS
from corgea_tui.text.output import Output
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.words import count
from daemon.protocol import Webhook


class ListenSubscription:
    """Registers the webhook on `open`; removes it, or pauses it with `keep`, on `close`."""

    def __init__(self, client: LeanClient, out: Output, name: str, *, keep: bool) -> None:
        """`keep`: pause the webhook at the end, so that the next run can send the missed events."""
        self._client = client
        self._out = out
        self._name = name
        self._keep = keep
        self._id: str | None = None
        self._left: Webhook | None = None
        """The webhook of an earlier run under this name, or None."""

    def open(self, url: str, events: list[str], secret: str, home: Path) -> None:
        """Register the webhook, or take over the one of an earlier run under this name.

        Raises `Failed` when the daemon is not the one of `home`: only that daemon reaches this
        machine's loopback and trusts the receiver.
        """
        found = self._client.send(calls.daemon()).home
        if Path(found).resolve() != home.resolve():
            raise Failed(
                f"the daemon of {found} does not trust this user's receivers",
                "unset CORGEA_HOST: --subscribe needs a daemon of your own",
            )
        form = {"name": self._name, "url": url, "events": events, "secret": secret}
        self._left = left = self._left_behind()
        if left is None:
            self._id = self._client.send(calls.add_webhook(form)).id
            return
        self._id = left.id
        self._client.send(calls.replace_webhook(left.id, left.version, form))
        if left.state == "paused":
            self._client.send(calls.activate(left.id))

    def catch_up(self) -> None:
        """Replay the events since the last run under this name."""
        left = self._left
        if left is None:
            return
        since = left.paused_at or left.updated_at
        missed = self._client.send(calls.replay(left.id, since, dry_run=True)).matched
        if missed:
            self._client.send(calls.replay(left.id, since, dry_run=False))
            self._out.note(
                f"catching up: {count(missed, 'event')} since {safe_line(since)}", "accent"
            )

    def close(self) -> None:
        """Pause or remove the webhook; print a warning when that fails."""
        if self._id is None:
            return
        try:
            if self._keep:
                self._client.send(calls.pause(self._id))
            else:
                found = self._client.send(calls.webhook(self._id))
                self._client.send(calls.delete_webhook(found.id, found.version))
        except Refused as refused:
            if refused.status != NOT_FOUND:  # another client has removed it
                self._warn(refused)
        except ClientError as error:
            self._warn(error)

    def _left_behind(self) -> Webhook | None:
        try:
            found = self._client.webhook(self._name)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        if not found.url.startswith(f"https://{ADDRESS}:"):
            raise Failed(
                f"{found.name} is already a webhook, which sends to {found.url}",
                "choose another --name: listen removes its webhook at the end",
            )
        return found

    def _warn(self, error: ClientError) -> None:
        self._out.note(
            f"the webhook {safe_line(self._name)} was not removed: {error.message}", "warn"
        )
