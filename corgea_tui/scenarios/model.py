"""A scenario and its series of events."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from string import Template
from typing import Any
from uuid import uuid4

from corgea_tui.client.api_call import encode
from corgea_tui.client.errors import Usage
from corgea_tui.scenarios.draft import typed

UUID = "$uuid"
"""The value of a variable that gets a new id in each run of the scenario."""
NOW = "now"
"""The variable with the time of the event."""


@dataclass(frozen=True)
class ScenarioStep:
    """An event of a scenario. `data` replaces the sample's data, key by key."""

    event_type: str
    after: float
    """Seconds after the previous step."""
    data: Mapping[str, Any]
    times: int = 1


@dataclass(frozen=True)
class Scenario:
    """A sequence of events."""

    name: str
    about: str
    variables: Mapping[str, Any]
    steps: tuple[ScenarioStep, ...]

    def with_variables(self, settings: tuple[str, ...]) -> "Scenario":
        """The scenario with variables set by `NAME=VALUE`; raises `Usage` for an unknown one."""
        given: dict[str, Any] = {}
        for setting in settings:
            name, equals, value = setting.partition("=")
            if not equals or name not in self.variables:
                known = ", ".join(self.variables) or "none"
                raise Usage(
                    f"--var {setting}: write NAME=VALUE; the variables of {self.name} are {known}"
                )
            given[name] = typed(value)
        return Scenario(self.name, self.about, {**self.variables, **given}, self.steps)

    def events(
        self, sample: Callable[[str], Mapping[str, Any]], pause: Callable[[float], None]
    ) -> Iterator[bytes]:
        """The events as JSON; `pause` waits before each."""
        values = {
            name: str(uuid4()) if value == UUID else value for name, value in self.variables.items()
        }
        for step in self.steps:
            for _ in range(step.times):
                if step.after:
                    pause(step.after)
                moment = {**values, NOW: _now()}
                data = {**sample(step.event_type), **filled(step.data, moment)}
                yield encode({"event_type": step.event_type, "data": data})


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """`value` with variables filled in; a text of only `$name` becomes the variable's own value."""
    if isinstance(value, Mapping):
        return {key: filled(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    if value.startswith("$") and value[1:] in variables:
        return variables[value[1:]]
    return Template(value).safe_substitute({key: str(item) for key, item in variables.items()})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
