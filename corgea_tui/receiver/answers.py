"""The answers of a receiver, as a script: `200`, `500x2,200`, `503@2s`, `hang`, `reset,200`."""

import re
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Literal

from corgea_tui.client.errors import Usage

Kind = Literal["status", "hang", "reset", "drip", "big", "redirect"]
WORDS: dict[str, Kind] = {
    "hang": "hang",  # reads the request and never answers
    "reset": "reset",  # resets the connection
    "drip": "drip",  # answers 200 with a body of one byte a second
    "big": "big",  # answers 200 with a body of 5 MiB
    "redirect": "redirect",  # answers 302 to another address
}

LOWEST, HIGHEST = 200, 599
MOST = 10_000

_STEP = re.compile(r"([a-z]+|\d{3})(?:x(\d+))?(?:@(\d+(?:\.\d+)?)(ms|s)?)?")


@dataclass(frozen=True)
class ScriptedAnswer:
    """One answer. `delay` is in seconds, before anything is sent."""

    kind: Kind = "status"
    status: int = 200
    delay: float = 0.0
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    """Why the handler gave no answer, when this one replaces its answer."""

    @property
    def words(self) -> str:
        """The answer in a word, for the journal."""
        return str(self.status) if self.kind in {"status", "redirect"} else self.kind


class Script:
    """A sequence of answers that repeats."""

    def __init__(self, answers: list[ScriptedAnswer]) -> None:
        """`answers` holds at least one."""
        self._answers = cycle(answers)

    def next(self) -> ScriptedAnswer:
        """The answer to the next request."""
        return next(self._answers)


def script(text: str, delay: float = 0.0) -> Script:
    """The script that `text` describes. `delay`: for the answers without a delay of their own.

    Steps are separated by commas. A step is a status or a word, optionally with `xN` for N times
    and `@DELAY`.
    """
    answers: list[ScriptedAnswer] = []
    for step in text.split(","):
        answer, times = _step(step.strip().lower())
        answers += [replace(answer, delay=answer.delay or delay)] * times
    return Script(answers)


def _step(text: str) -> tuple[ScriptedAnswer, int]:
    match = _STEP.fullmatch(text)
    if match is None:
        raise Usage(_explained(text))
    what, times, wait, unit = match.groups()
    delay = float(wait or 0) / (1000 if unit == "ms" else 1)
    count = int(times or 1)
    if not 1 <= count <= MOST:
        raise Usage(f"{text}: an answer can be repeated 1 to {MOST:,} times")
    if what in WORDS:
        status = 302 if what == "redirect" else 200
        return ScriptedAnswer(WORDS[what], status, delay), count
    if not what.isdecimal() or not LOWEST <= int(what) <= HIGHEST:
        raise Usage(_explained(text))
    return ScriptedAnswer("status", int(what), delay), count


def _explained(text: str) -> str:
    return (
        f"{text or 'an empty step'} is not an answer: write a status from {LOWEST} to {HIGHEST} or"
        f" one of {', '.join(WORDS)}, e.g. 500x2,200@1s"
    )
