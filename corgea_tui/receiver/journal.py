"""The output of `listen` for each request: a line and the body for people, JSON for programs."""

from dataclasses import dataclass

import msgspec

from corgea_tui.receiver.answers import ScriptedAnswer
from corgea_tui.receiver.received import SIGNATURE, Received
from corgea_tui.text.feed_lines import EVENT
from corgea_tui.text.output import Output, pretty_json
from corgea_tui.text.safe_text import safe, safe_line
from corgea_tui.text.table import pad

BODY_LINES = 60
SHORT_ID = 8
"""Characters from the end of a delivery's id: the start of an id is its time."""
KIB = 1024


@dataclass(frozen=True)
class JournalEntry:
    """A request and its answer."""

    received: Received
    answer: ScriptedAnswer
    took_ms: int
    signature_problem: str | None
    """The error of the signature; None when it is good or was not verified."""
    verified: bool


class Journal:
    """Writes an entry for each request."""

    def __init__(self, out: Output, *, as_json: bool, bodies: bool) -> None:
        """`bodies`: print the bodies too; JSON always has them."""
        self._out = out
        self._as_json = as_json
        self._bodies = bodies

    def write(self, entry: JournalEntry) -> None:
        """Write one request at once."""
        if self._as_json:
            self._out.json(_record(entry))
            return
        self._out.line(self._headline(entry))
        if self._bodies:
            self._out.lines([*(f"  {line}" for line in body_lines(entry.received.body)), ""])

    def _headline(self, entry: JournalEntry) -> str:
        received, paint = entry.received, self._out.paint
        moment = f"{received.at.astimezone():%H:%M:%S}"
        event = received.header("x-corgea-event") or f"{received.method} {received.target}"
        delivery = safe_line(received.header("x-corgea-delivery")[-SHORT_ID:])
        if entry.signature_problem is not None:
            signature = paint(f"✖ {safe_line(entry.signature_problem.partition(':')[0])}", "bad")
        elif entry.verified:
            signature = paint("✔ signature", "good")
        else:
            signed = bool(received.header(SIGNATURE))
            signature = paint("signed" if signed else "not signed", "quiet")
        good = entry.answer.kind == "status" and entry.answer.status < 300  # noqa: PLR2004  # 2xx
        answered = paint(f"→ {entry.answer.words}", "good" if good else "warn")
        return "  ".join(
            [
                paint(moment, "quiet"),
                paint(pad(safe_line(event), EVENT), "strong"),
                paint(pad(delivery, SHORT_ID), "quiet"),
                signature,
                size(len(received.body)),
                f"{answered} in {entry.took_ms} ms",
                *([paint(safe_line(entry.answer.problem), "bad")] if entry.answer.problem else []),
            ]
        )


def body_lines(body: bytes) -> list[str]:
    """A body for people, at most `BODY_LINES` lines: JSON indented, other text unchanged."""
    try:
        text = pretty_json(body)
    except msgspec.DecodeError:
        text = body.decode("utf-8", "replace")
    lines = safe(text).splitlines()
    more = len(lines) - BODY_LINES
    return [*lines[:BODY_LINES], f"… {more} more lines"] if more > 0 else lines


def size(count: int) -> str:
    """A size, e.g. `312 B`, `1.2 KiB`."""
    return f"{count} B" if count < KIB else f"{count / KIB:.1f} KiB"


def _record(entry: JournalEntry) -> dict[str, object]:
    """One request for programs; the body as text, or in base64 when it is not UTF-8."""
    received = entry.received
    record: dict[str, object] = {
        "received_at": received.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": received.method,
        "target": received.target,
        "headers": [{"name": name, "value": value} for name, value in received.headers],
        "signature": None
        if not entry.verified
        else ("good" if entry.signature_problem is None else "bad"),
        "signature_problem": entry.signature_problem,
        "answer": entry.answer.words,
        "answer_problem": entry.answer.problem or None,
        "duration_ms": entry.took_ms,
    }
    try:
        record["body"] = received.body.decode()
    except UnicodeDecodeError:
        import base64

        record["body_base64"] = base64.b64encode(received.body).decode()
    return record
