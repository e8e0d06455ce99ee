"""How much a run measures, in which folder, and how it runs the references."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.nginx import Nginx
from tests.bench.result import median

TOP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Plan:
    """A run: `rounds` of every way, in turn; `short` does less in each."""

    folder: Path
    nginx: Nginx
    rounds: int
    short: bool

    def amount(self, whole: int) -> int:
        """How many of something: all, or a quarter in a short run."""
        return whole // 4 if self.short else whole

    def reference(self, name: str, *arguments: object, **environment: object) -> float:
        """Run a module of `tests.bench.references` in its own process; returns the number it
        prints."""
        ended = subprocess.run(
            [sys.executable, "-m", f"tests.bench.references.{name}", *map(str, arguments)],
            cwd=TOP,
            env={**os.environ, **{name: str(value) for name, value in environment.items()}},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return float(ended.stdout.splitlines()[-1])

    @contextmanager
    def fresh_folder(self) -> Iterator[Path]:
        """An empty folder, on the disk that the whole run uses."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            yield Path(name)

    def take_turns(self, **ways: Callable[[], float]) -> dict[str, list[float]]:
        """Run every way once in each round; returns the figures of each way."""
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(self.rounds):
            for name, way in ways.items():
                found[name].append(way())
        return found


def medians(found: dict[str, list[float]]) -> dict[str, float]:
    """The median of each way."""
    return {name: median(values) for name, values in found.items()}
