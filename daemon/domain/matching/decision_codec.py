"""What was decided about an event, as it is stored with it: small, also for a thousand webhooks.

A record is msgpack: groups of webhooks about which the same was decided for the same reason. A
group is `[code, runs, detail]`; `runs` are the webhooks' row numbers as gaps and lengths in turn,
so that neighbours cost nothing. Details are the facts of the moment (which projects were wanted),
since a webhook can be edited afterwards; once they fill `_DETAILS_MOST` bytes, groups go without.
Records are stored: codes and shapes may be added to, never changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from daemon.domain.matching.rules import Decision

_CODES = {
    Decision.MATCHED: 0,
    Decision.NOT_SUBSCRIBED: 1,
    Decision.PROJECT_FILTER: 2,
    Decision.STATUS_FILTER: 3,
    Decision.CONDITION: 4,
    Decision.PAUSED: 5,
}
_DECISIONS = {code: decision for decision, code in _CODES.items()}
_DETAILS_MOST = 2000

Detail = tuple[Any, ...]
"""Facts behind a decision, of JSON types; `decision_words` says what stands where."""

_encode = msgspec.msgpack.Encoder().encode
_Group = tuple[int, list[int], Detail | None]
_decode = msgspec.msgpack.Decoder(list[list[_Group]]).decode


class Decided(msgspec.Struct, frozen=True):
    """One webhook's row number, what was decided for it, and the facts behind it if kept."""

    row: int
    decision: Decision
    detail: Detail | None = None


def encode_part(decisions: Iterable[Decided]) -> bytes:
    """A part of a record; parts are joined by `join_parts`."""
    rows: dict[tuple[Decision, Detail | None], list[int]] = {}
    spent = 0
    for decided in sorted(decisions, key=lambda decided: decided.row):
        key = (decided.decision, decided.detail)
        if key not in rows and decided.detail is not None:
            spent += len(_encode(decided.detail))
            if spent > _DETAILS_MOST:
                key = (decided.decision, None)
        rows.setdefault(key, []).append(decided.row)
    return _encode(
        [(_CODES[decision], _runs(found), detail) for (decision, detail), found in rows.items()]
    )


def join_parts(parts: Sequence[bytes]) -> bytes:
    """A whole record."""
    return _encode([msgspec.Raw(part) for part in parts])


def encode_decisions(decisions: Iterable[Decided]) -> bytes:
    """A record of all that was decided about one event."""
    return join_parts([encode_part(decisions)])


def decode_decisions(record: bytes) -> list[Decided]:
    """What was decided, by row number. An empty record (none was kept) decides nothing."""
    if not record:
        return []
    return sorted(
        (
            Decided(row, _DECISIONS[code], detail)
            for part in _decode(record)
            for code, runs, detail in part
            for row in _rows(runs)
        ),
        key=lambda decided: decided.row,
    )


def _runs(rows: list[int]) -> list[int]:
    """Ascending rows as [gap, length, gap, length…]; a gap counts from the end of the last run."""
    runs: list[int] = []
    end = 0
    for row in rows:
        if runs and row == end:
            runs[-1] += 1
        else:
            runs += (row - end, 1)
        end = row + 1
    return runs


def _rows(runs: list[int]) -> Iterator[int]:
    row = 0
    for gap, length in zip(runs[::2], runs[1::2], strict=True):
        row += gap
        yield from range(row, row + length)
        row += length
