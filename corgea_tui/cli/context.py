"""The context of all verbs: the output, the common options, the client, and printing."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import click

from corgea_tui.client.api_call import ApiCall, ApiListCall
from corgea_tui.client.errors import Failed, Usage
from corgea_tui.client.hosts import resolve
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.text.facts import Fact, facts
from corgea_tui.text.output import ColourChoice, Output
from corgea_tui.text.table import Cell, TableColumn, table
from daemon.protocol.paths import Paths

T = TypeVar("T")


class CommandContext:
    """One run of the command: the root group makes it and passes it to every verb."""

    def __init__(self) -> None:
        self.out = Output()
        self.json = False
        """Whether stdout is for programs (`--json`)."""
        self.readonly = False
        self.mouse = True
        self._client: LeanClient | None = None

    @property
    def client(self) -> LeanClient:
        """The client of the daemon; the first call opens the connection."""
        if self._client is None:
            self._client = LeanClient(resolve(self.paths))
        return self._client

    def another_client(self) -> LeanClient:
        """A second client, for a stream beside calls. The caller closes it."""
        return LeanClient(resolve(self.paths))

    @property
    def paths(self) -> Paths:
        """The paths of this user's files and sockets."""
        return Paths.resolve(os.environ)

    @property
    def now(self) -> datetime:
        """The current time, for times that are printed."""
        return datetime.now(UTC)

    def fetch(self, call: ApiCall[T]) -> T | None:
        """The answer of a call; with `--json` it is printed unchanged, and the result is None."""
        answer = self.client.send_raw(call)
        if self.json:
            self.out.json(answer)
            return None
        return call.decode(answer)

    def fetch_list(self, call: ApiListCall[T], limit: int | None) -> list[T] | None:
        """The items of a list, at most `limit`; with `--json` they are printed, as in `fetch`."""
        raws = list(self.client.pages(call, limit))
        if self.json:
            self.out.json_array(raws)
            return None
        return [call.decode_item(raw) for raw in raws]

    def print_table(self, columns: Sequence[TableColumn], rows: Sequence[Sequence[Cell]]) -> None:
        """Write a table that fits the terminal."""
        self.out.lines(table(columns, rows, self.out.width, self.out.paint))

    def print_facts(self, pairs: Sequence[Fact], indent: str = "  ") -> None:
        """Write names and values, the names aligned."""
        self.out.lines(facts(pairs, self.out.width, self.out.paint, indent))

    def confirm(self, question: str, *, yes: bool) -> None:
        """Return after a yes; raises `Failed` after a no, and `Usage` without a terminal."""
        if yes:
            return
        if not (sys.stdin.isatty() and self.out.err_terminal):
            raise Usage(f"{question} There is no terminal for the answer: add --yes")
        if not click.confirm(question, err=True):
            raise Failed("nothing was changed")

    def colour(self, choice: ColourChoice) -> None:
        """Follow `--color`."""
        self.out.choose(choice)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()


pass_command_context = click.make_pass_decorator(CommandContext, ensure=True)
