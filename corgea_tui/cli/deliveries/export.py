"""`corgea-tui deliveries export`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from corgea_tui.cli.completion import files, filters
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.param_types import FilterVerb, filter_text
from corgea_tui.client import calls
from corgea_tui.client.errors import Failed
from corgea_tui.client.lean_client import ANSWER_TIMEOUT
from corgea_tui.text.words import count

REDRAW_SECONDS = 0.1
EXAMPLE = """
corgea-tui deliveries export since:7d -o week.csv
corgea-tui deliveries export status:failed --format ndjson | jq -r .error.message | sort | uniq -c
"""


@click.command("export", cls=FilterVerb, as_json=False, example=EXAMPLE)
@click.argument("words", nargs=-1, metavar="[FILTER]...", shell_complete=filters)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "ndjson"]),
    default="csv",
    help="CSV or JSON lines.  [default: csv]",
)
@click.option("--json", "ndjson", is_flag=True, help="The same as --format ndjson.")
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    shell_complete=files,
    help="The file to write.  [default: stdout]",
)
@pass_command_context
def export(
    context: CommandContext, *, words: tuple[str, ...], kind: str, ndjson: bool, output: str
) -> None:
    """Write the deliveries that match as CSV or JSON lines, however many there are.

    A file gets its name only when it is complete.
    """
    kind = "ndjson" if ndjson else kind
    text = filter_text(words)
    total = None
    watched = context.out.err_terminal and output != "-"
    if watched:
        total = context.client.page(calls.deliveries(text), 1).total
    rows = 0
    with (
        _target(output) as file,
        context.client.stream(calls.export(text, kind), ANSWER_TIMEOUT) as answer,
    ):
        drawn = 0.0
        for piece in answer.pieces():
            file.write(piece)
            rows += piece.count(b"\n")
            if watched and time.monotonic() - drawn > REDRAW_SECONDS:
                drawn = time.monotonic()
                known = f" of {total:,}" if total is not None else ""
                context.out.redraw(f"{rows:,}{known} lines")
    if watched:
        context.out.redraw("")
    if output != "-":
        context.out.note(f"{count(rows, 'line')} in {output}")


@contextmanager
def _target(output: str) -> Iterator[BinaryIO]:
    """Stdout, or a file that takes its name when all of it is written."""
    if output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    partial = Path(f"{output}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(output)
    except OSError as error:
        raise Failed(f"cannot write {output}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
