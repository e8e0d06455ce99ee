"""Sample data for the types of events, from the daemon's catalogue."""

from typing import Any

from corgea_tui.client.errors import Usage
from corgea_tui.client.lean_client import LeanClient
from corgea_tui.scenarios.draft import is_whole


def sample_data(client: LeanClient, event_type: str) -> dict[str, Any]:
    """The sample's `data`; `Usage`, with a guess, when no such type is known."""
    known = {each.name: each for each in client.event_types()}
    if event_type not in known:
        from corgea_tui.cli.verb import unknown

        names = [name for name, each in known.items() if not each.reserved]
        raise Usage(unknown("event type", event_type, names))
    sample = dict(known[event_type].sample)
    return dict(sample["data"]) if is_whole(sample) else sample
