"""Whoever follows the stream, through every cut, knows what whoever reads the lists knows."""

from typing import Any

from tests.simulation.follower import Listed, everything
from tests.simulation.world import World

_BORROWED = {"delivery": ("webhook_name", "url"), "webhook": ("retry",)}
"""What an object shows of others: a change of those does not send it again."""


def check(world: World, life: Any) -> None:
    now = everything(Listed(life.service.db), life)
    followed = world.follower.known
    for key, data in now.items():
        seen, shown = (_own(key[0], each) for each in (followed.get(key), data))
        if seen != shown:
            world.complain(f"a follower takes {key} for {_differing(seen, shown)}")


def _own(kind: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {name: value for name, value in data.items() if name not in _BORROWED.get(kind, ())}


def _differing(seen: dict[str, Any] | None, data: dict[str, Any]) -> Any:
    if seen is None:
        return "not there"
    return {
        name: (seen.get(name), value) for name, value in data.items() if seen.get(name) != value
    }
