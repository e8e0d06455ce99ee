"""Statistics of deliveries: durations as a histogram, percentiles of it, and the success rate."""

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

_EXACT = 16
_PER_OCTAVE = 8


def bin_of(ms: int) -> int:
    """The bin of a duration: exact below 16 ms, then eight bins to each doubling (within 7%)."""
    if ms < _EXACT:
        return max(ms, 0)
    shift = ms.bit_length() - 4
    return shift * _PER_OCTAVE + (ms >> shift)


def middle_of(index: int) -> int:
    """The duration in ms that represents a bin."""
    if index < _EXACT:
        return index
    shift = index // _PER_OCTAVE - 1
    mantissa = index - shift * _PER_OCTAVE
    return (mantissa << shift) + ((1 << shift) >> 1)


def percentiles(bins: Mapping[int, int]) -> tuple[int | None, int | None, int | None]:
    """The durations in ms within which 50, 95 and 99 % of the attempts ended; None without any."""
    indexes = sorted(bins)
    seen = list(accumulate(map(bins.__getitem__, indexes)))
    total = seen[-1] if seen else 0
    if total <= 0:
        return None, None, None
    ranks = [max(1, -(-total * part // 100)) for part in (50, 95, 99)]
    p50, p95, p99 = (middle_of(indexes[bisect_left(seen, rank)]) for rank in ranks)
    return p50, p95, p99


def success_rate(successful: int, failed: int) -> float | None:
    """Percent of finished deliveries that succeeded, one decimal; None when none has finished."""
    total = successful + failed
    return None if total <= 0 else round(100 * successful / total, 1)
