"""`corgea-tui emit`."""

import functools
import itertools
import time
from collections.abc import Iterator
from typing import Any

import click

from corgea_tui.cli.completion import event_types, files, scenarios
from corgea_tui.cli.context import CommandContext, pass_command_context
from corgea_tui.cli.emit.many import (
    BusyNotice,
    EmitProgress,
    file_lines,
    paced,
    send_each,
    send_lines,
)
from corgea_tui.cli.emit.report import EmitReport, send_and_wait
from corgea_tui.cli.param_types import seconds, text_argument
from corgea_tui.cli.verb import verb
from corgea_tui.client.api_call import encode
from corgea_tui.client.errors import FAILED, Usage
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.scenarios import draft
from corgea_tui.scenarios.draft import is_whole

EXAMPLE = """
corgea-tui emit scan.completed --set data.issues_found=3 --wait
corgea-tui emit issue.assigned --data @issue.json --project 42:Billing
corgea-tui emit user.login --count 100 --rate 5
tail -f events.ndjson | corgea-tui emit --file -
corgea-tui emit --scenario whole-scan --var project=Billing
"""

FEW = 20
"""Events up to which each has its own line of output."""


@verb("emit", example=EXAMPLE)
@click.argument("event_type", metavar="[TYPE]", required=False, shell_complete=event_types)
@click.option(
    "--data",
    metavar="JSON|@FILE|-",
    shell_complete=files,
    help="The event's data, or a whole event.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Set one value; 3 is a number, true a boolean.",
)
@click.option("--project", metavar="ID[:NAME]", help="The project that the event belongs to.")
@click.option("--event-id", metavar="ID", help="Your own id; the same event twice counts once.")
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    default=1,
    help="Send N events.  [default: 1]",
)
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Send N a second."
)
@click.option("--edit", is_flag=True, help="Edit the event in $VISUAL or $EDITOR first.")
@click.option(
    "--file",
    "path",
    metavar="FILE",
    shell_complete=files,
    help="Send the events of a file, one a line (NDJSON); - is stdin.",
)
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    shell_complete=scenarios,
    help="Send a sequence of events with delays.",
)
@click.option(
    "--var",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a variable of the scenario.",
)
@click.option("--wait", is_flag=True, help="Wait for the deliveries; exit 1 unless all succeed.")
@click.option(
    "--timeout",
    type=seconds,
    metavar="D",
    default="2m",
    help="With --wait: give up after D.  [default: 2m]",
)
@pass_command_context
def emit(context: CommandContext, /, *, event_type: str | None, **given: Any) -> None:
    """Send events to the daemon.

    It starts from the sample of TYPE. Options replace the data, single values and the project.
    Without --wait the command ends when the events are on disk.
    """
    source = _source(event_type, given)
    lines, total = _lines(context, source, event_type or "", given)
    few = source == "scenario" or (total is not None and total <= FEW)
    report = EmitReport(context, each=few)
    progress, pause = EmitProgress(context.out, total), BusyNotice(context.out)

    def send() -> None:
        if few:
            send_each(context.client, lines, report, progress, pause)
        else:
            steady = given["rate"] is not None
            send_lines(context.client, lines, report, progress, pause, one_by_one=steady)

    try:
        if given["wait"]:
            send_and_wait(context, send, report, given["timeout"])
        else:
            send()
    finally:
        progress.close()
        report.close()  # also after Ctrl-C: accepted events stay accepted
    if not report.good:
        click.get_current_context().exit(FAILED)


def _lines(
    context: CommandContext, source: str, event_type: str, given: dict[str, Any]
) -> tuple[Iterator[bytes], int | None]:
    """The events as JSON, and their number if it is known."""
    if source == "type":
        event = encode(_event(context, event_type, given))
        return paced(itertools.repeat(event, given["count"]), given["rate"]), given["count"]
    if source == "file":
        return paced(file_lines(given["path"]), given["rate"]), None
    from corgea_tui.scenarios import load

    scenario = load(given["scenario"], given["variables"])
    sample = functools.cache(functools.partial(sample_data, context.client))
    return scenario.events(sample, time.sleep), None


def _source(event_type: str | None, given: dict[str, Any]) -> str:
    named = {"type": event_type, "file": given["path"], "scenario": given["scenario"]}
    chosen = [name for name, value in named.items() if value is not None]
    if len(chosen) != 1:
        raise Usage(
            "name what to send: an event TYPE, --file FILE or --scenario NAME"
            if not chosen
            else "an event TYPE, --file and --scenario exclude each other"
        )
    if given["variables"] and chosen != ["scenario"]:
        raise Usage("--var belongs to --scenario")
    forming = [name for name in ("data", "settings", "project", "event_id") if given[name]]
    if chosen != ["type"] and (forming or given["edit"] or given["count"] > 1):
        raise Usage(f"--{chosen[0]} holds whole events: --data, --set and the like go with a TYPE")
    return chosen[0]


def _event(context: CommandContext, event_type: str, given: dict[str, Any]) -> draft.Event:
    if given["event_id"] and given["count"] > 1:
        raise Usage("--event-id names one event: leave it out with --count")
    if given["data"] is None:
        event = draft.new(event_type, sample_data(context.client, event_type))
    else:
        where = f"--data {given['data'] if given['data'][:1] in '@-' else ''}".strip()
        text = text_argument(given["data"], "--data")
        event = draft.with_data(draft.new(event_type, {}), draft.read_json(text, where), where)
    if given["project"]:
        event = draft.with_project(event, given["project"])
    for setting in given["settings"]:
        event = draft.with_setting(event, setting)
    if given["event_id"]:
        event = {**event, "event_id": given["event_id"]}
    return _edited(event) if given["edit"] else event


def _edited(event: draft.Event) -> draft.Event:
    from corgea_tui.screens.actions.programs import edit_text
    from corgea_tui.text.output import pretty_json

    text = edit_text(pretty_json(encode(event)) + "\n", ".json")
    changed = draft.read_json(text, "the edited event")
    if not isinstance(changed, dict):
        raise Usage("the edited event is not a JSON object")
    return changed


def sample_data(client: LeanClient, event_type: str) -> dict[str, Any]:
    """The sample's `data`; raises `Usage` for an unknown type, with the nearest known one."""
    known = {each.name: each for each in client.event_types()}
    if event_type not in known:
        from corgea_tui.cli.verb import unknown

        names = [name for name, each in known.items() if not each.reserved]
        raise Usage(unknown("event type", event_type, names))
    sample = dict(known[event_type].sample)
    return dict(sample["data"]) if is_whole(sample) else sample
