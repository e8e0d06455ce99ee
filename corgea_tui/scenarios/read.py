"""Reads scenario files: predefined ones by name, others by path."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from corgea_tui.client.errors import Usage
from corgea_tui.scenarios.model import Scenario, ScenarioStep

SUFFIX = ".toml"
STEP_KEYS = frozenset({"event", "after", "data", "times"})
TOP_KEYS = frozenset({"about", "variables", "step"})
MOST = 10_000


def shipped() -> list[str]:
    """The names of the scenarios that come with the program."""
    folder = resources.files("corgea_tui.scenarios")
    names = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))


def load(name_or_path: str, variables: tuple[str, ...] = ()) -> Scenario:
    """A scenario with its variables set; raises `Usage`."""
    if name_or_path in shipped():
        folder = resources.files("corgea_tui.scenarios")
        text = folder.joinpath(name_or_path + SUFFIX).read_text("utf-8")
    else:
        text = _text(name_or_path)
    return parse(name_or_path, text).with_variables(variables)


def parse(name: str, text: str) -> Scenario:
    """The scenario in a file's text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Usage(f"{name}: {error}") from None
    _known(name, document, TOP_KEYS)
    steps = document.get("step", [])
    if not isinstance(steps, list) or not steps:
        raise Usage(f"{name}: there must be [[step]] tables")
    variables = document.get("variables", {})
    if not isinstance(variables, dict):
        raise Usage(f"{name}: variables must be a table")
    read = tuple(_step(f"{name}, step {number}", each) for number, each in enumerate(steps, 1))
    return Scenario(name, str(document.get("about", "")), variables, read)


def _step(where: str, table: Any) -> ScenarioStep:
    if not isinstance(table, dict):
        raise Usage(f"{where}: write [[step]], in double brackets")
    _known(where, table, STEP_KEYS)
    event, after = table.get("event"), table.get("after", 0)
    data, times = table.get("data", {}), table.get("times", 1)
    if not isinstance(event, str) or not event:
        raise Usage(f"{where}: event names the type of the event")
    if isinstance(after, bool) or not isinstance(after, int | float) or after < 0:
        raise Usage(f"{where}: after is a number of seconds")
    if not isinstance(data, dict):
        raise Usage(f"{where}: data is a table")
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST:
        raise Usage(f"{where}: times is a number from 1 to {MOST:,}")
    return ScenarioStep(event, float(after), data, times)


def _known(where: str, table: dict[str, Any], keys: frozenset[str]) -> None:
    for key in table:
        if key not in keys:
            raise Usage(f"{where}: there is no key {key!r}; there are {', '.join(sorted(keys))}")


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(shipped())
        raise Usage(f"there is no scenario and no file {path!r}; shipped are {known}") from None
    except (OSError, UnicodeError) as error:
        raise Usage(f"--scenario {path}: {error}") from None
