"""What every verb shares: where to write, how, and the daemon to talk to."""

import os
from datetime import UTC, datetime
from typing import TypeVar

import click
import msgspec

from corgea_tui.connection.hosts import resolve
from corgea_tui.connection.lean_client import Client
from corgea_tui.printing.output import ColourChoice, Output
from daemon.wire.paths import Paths

T = TypeVar("T")


class Session:
    """One run of the command: made once by the root group, handed to every verb."""

    def __init__(self) -> None:
        self.out = Output()
        self.json = False
        """Whether stdout is for programs (`--json`)."""
        self.readonly = False
        self.mouse = True
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The daemon; dialled with the first call."""
        if self._client is None:
            self._client = Client(resolve(self.paths))
        return self._client

    def another_client(self) -> Client:
        """A second connection, for a stream beside calls. The caller closes it."""
        return Client(resolve(self.paths))

    @property
    def paths(self) -> Paths:
        """The places of this user."""
        return Paths.resolve(os.environ)

    @property
    def now(self) -> datetime:
        """The moment, for times that are shown."""
        return datetime.now(UTC)

    def colour(self, choice: ColourChoice) -> None:
        """Follow `--color`."""
        self.out.choose(choice)

    def close(self) -> None:
        """Give back the connection."""
        if self._client is not None:
            self._client.close()


pass_session = click.make_pass_decorator(Session, ensure=True)


def decoded(items: list[msgspec.Raw], kind: type[T]) -> list[T]:
    """Raw items of a list as objects."""
    return [msgspec.json.decode(item, type=kind) for item in items]
