"""What every verb shares: where to write, how, and the daemon to talk to."""

import os
from datetime import UTC, datetime
from typing import TypeVar

import click
import msgspec

from corgea_tui.client.calls import Call
from corgea_tui.client.hosts import resolve
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.text.output import ColourChoice, Output
from daemon.protocol.paths import Paths

T = TypeVar("T")


class CommandContext:
    """One run of the command: made once by the root group, handed to every verb."""

    def __init__(self) -> None:
        self.out = Output()
        self.json = False
        """Whether stdout is for programs (`--json`)."""
        self.readonly = False
        self.mouse = True
        self._client: LeanClient | None = None

    @property
    def client(self) -> LeanClient:
        """The daemon; dialled with the first call."""
        if self._client is None:
            self._client = LeanClient(resolve(self.paths))
        return self._client

    def another_client(self) -> LeanClient:
        """A second connection, for a stream beside calls. The caller closes it."""
        return LeanClient(resolve(self.paths))

    @property
    def paths(self) -> Paths:
        """The places of this user."""
        return Paths.resolve(os.environ)

    @property
    def now(self) -> datetime:
        """The moment, for times that are shown."""
        return datetime.now(UTC)

    def fetch(self, call: Call[T]) -> T | None:
        """The answer of a call; with `--json` it is printed as it came, and the result is None."""
        answer = self.client.send_raw(call)
        if self.json:
            self.out.json(answer)
            return None
        return call.decode(answer)

    def colour(self, choice: ColourChoice) -> None:
        """Follow `--color`."""
        self.out.choose(choice)

    def close(self) -> None:
        """Give back the connection."""
        if self._client is not None:
            self._client.close()


pass_session = click.make_pass_decorator(CommandContext, ensure=True)


def decoded(items: list[msgspec.Raw], kind: type[T]) -> list[T]:
    """Raw items of a list as objects."""
    return [msgspec.json.decode(item, type=kind) for item in items]
