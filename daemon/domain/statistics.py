"""Durations as a histogram that can be added up, and the percentiles read from it."""

from collections.abc import Mapping

_EXACT = 16
_PER_OCTAVE = 8


def bin_of(ms: int) -> int:
    """The bin of a duration: exact below 16 ms, then eight bins to each doubling (within 7%)."""
    if ms < _EXACT:
        return max(ms, 0)
    shift = ms.bit_length() - 4
    return shift * _PER_OCTAVE + (ms >> shift)


def middle_of(index: int) -> int:
    """The duration in ms that stands for a bin."""
    if index < _EXACT:
        return index
    shift = index // _PER_OCTAVE - 1
    mantissa = index - shift * _PER_OCTAVE
    return (mantissa << shift) + ((1 << shift) >> 1)


def percentile(bins: Mapping[int, int], q: float) -> int | None:
    """The duration in ms under which a share `q` (0 to 1) of attempts ended, if there are any."""
    total = sum(bins.values())
    if total <= 0:
        return None
    rank = max(1, -(-total * q // 1))
    seen = 0
    for index in sorted(bins):
        seen += bins[index]
        if seen >= rank:
            return middle_of(index)
    return None


def success_rate(successful: int, failed: int) -> float | None:
    """Percent of finished deliveries that succeeded, one decimal; None when none has finished."""
    total = successful + failed
    return None if total <= 0 else round(100 * successful / total, 1)
