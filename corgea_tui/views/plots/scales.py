"""Value axes with labels at whole rows.

A scale is measured in rows from the base. The label of row `n` is the value at the upper edge of
the n-th row; row 0 is the base. The label is exact for counts, and within half a row for durations.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log
from typing import Protocol

SECOND = 1000
THOUSAND = 1000
MOST_LABELS = 5
LABEL_ROWS = 2
"""The least number of rows from one label of durations to the next."""
DECADES = 7
"""Powers of ten of milliseconds on a scale: up to 5,000 s, the longest deadline."""


class Scale(Protocol):
    """A value axis over a number of rows."""

    @property
    def labels(self) -> Mapping[int, str]:
        """The label of each row that has one."""
        ...

    def rows_of(self, value: float) -> float:
        """The height of a value above the base, in rows."""
        ...


@dataclass(frozen=True)
class CountScale:
    """Counts from 0 on. Every `apart` rows are `step` more."""

    rows: int
    step: int
    apart: int

    @property
    def labels(self) -> Mapping[int, str]:
        """Multiples of the step."""
        return {
            row: count_label(row // self.apart * self.step)
            for row in range(0, self.rows + 1, self.apart)
        }

    def rows_of(self, value: float) -> float:
        """The height of a count, in rows."""
        return value / self.step * self.apart


def count_scale(most: int, rows: int) -> CountScale:
    """The scale on which `most` fits and leaves the fewest rows empty."""
    fewest = ceil(rows / MOST_LABELS)
    scales = [
        CountScale(rows, _nice(max(most, 1) * apart / rows), apart)
        for apart in range(max(1, fewest), max(rows // 2, fewest, 1) + 1)
    ]
    return max(scales, key=lambda scale: (scale.rows_of(max(most, 1)), -scale.apart))


def _nice(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 25, 50, 100 … that is at least `least`."""
    power = 1
    while True:
        for tenths in (10, 20, 25, 50):
            whole, rest = divmod(tenths * power, 10)
            if not rest and whole >= least:
                return whole
        power *= 10


def count_label(count: int) -> str:
    """A round count in at most five cells, e.g. `0`, `40`, `2.5k`, `10M`."""
    for unit, size in (("G", THOUSAND**3), ("M", THOUSAND**2), ("k", THOUSAND)):
        if count >= size:
            return f"{count / size:g}{unit}"
    return str(count)


@dataclass(frozen=True)
class DurationScale:
    """A logarithmic scale of durations. `marks` are in ms."""

    rows: int
    marks: tuple[int, ...]

    @property
    def labels(self) -> Mapping[int, str]:
        """As many of the marks as fit, each within half a row of its exact height."""
        every = ceil(LABEL_ROWS / self._apart)
        return {
            round(number * self._apart): duration_label(mark)
            for number, mark in enumerate(self.marks)
            if number % every == 0
        }

    @property
    def _apart(self) -> float:
        return self.rows / (len(self.marks) - 1)

    def rows_of(self, value: float) -> float:
        """The height of a value, in rows; a value beyond the marks is at the edge."""
        value = min(max(value, self.marks[0]), self.marks[-1])
        index = min(bisect_right(self.marks, value), len(self.marks) - 1) - 1
        low, high = self.marks[index], self.marks[index + 1]
        return self._apart * (index + log(value / low) / log(high / low))


def duration_scale(least: int, most: int, rows: int) -> DurationScale:
    """The finest logarithmic scale from `least` or below to `most` or above (ms)."""
    for digits in ((1, 2, 5), (1,)):
        ladder = [digit * 10**power for power in range(DECADES) for digit in digits]
        marks = _between(ladder, least, most)
        if len(marks) - 1 <= rows:
            return DurationScale(rows, marks)
    return DurationScale(rows, (1, 10**DECADES))


def _between(ladder: list[int], least: int, most: int) -> tuple[int, ...]:
    """The part of a ladder around a range, at least one step."""
    last = min(max(bisect_left(ladder, most), 1), len(ladder) - 1)
    first = min(max(bisect_right(ladder, least) - 1, 0), last - 1)
    return tuple(ladder[first : last + 1])


def duration_label(ms: int) -> str:
    """A round duration in at most seven cells, e.g. `50 ms`, `2 s`, `500 s`."""
    return f"{ms} ms" if ms < SECOND else f"{ms / SECOND:g} s"
