"""A row of the table; medians and percentiles."""

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

median = statistics.median


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


@dataclass(frozen=True)
class Result:
    """One figure and its reference.

    `value` is compared with `target`: mostly the ratio of `ours` to `reference`. `at_most`: lower
    is better. Without a target the row neither passes nor misses.
    """

    name: str
    ours: str
    reference: str
    value: float
    target: float | None = None
    at_most: bool = False
    unit: str = "×"
    samples: dict[str, list[float]] = field(default_factory=dict)
    """The figures of each round, of which the medians are."""

    @property
    def passed(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {**dataclasses.asdict(self), "passed": self.passed}


def table(results: list[Result]) -> str:
    """The results as lines for people."""
    rows = [("", "here", "reference", "value", "target", "")]
    for each in results:
        bound = "at most" if each.at_most else "at least"
        target = "" if each.target is None else f"{bound} {each.target:g}{each.unit}"
        verdict = {None: "", True: "pass", False: "MISS"}[each.passed]
        value = f"{each.value:.3g}{each.unit}"
        rows.append((each.name, each.ours, each.reference, value, target, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)
