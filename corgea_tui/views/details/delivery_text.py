"""The details of a delivery as lines: overview, payload, request, response, attempts."""

import shlex
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from corgea_tui.text.overviews import delivery_facts
from corgea_tui.text.safe_text import safe_line
from corgea_tui.text.table import Cell
from corgea_tui.text.words import count, duration, parsed, state
from corgea_tui.views.details.lines import Line, body_lines, fact_lines, heading, json_lines, quiet
from daemon.domain.deliveries.outcome import Phases
from daemon.protocol import Attempt, AttemptRequest, Delivery, DeliveryDetail, SentHeader, Webhook

SECOND = 1000


def title(
    delivery: Delivery, webhook: Webhook | None, now: datetime, pause_after: int | None
) -> Line:
    """Event, webhook and state; `pause_after`: failures in a row after which a webhook pauses."""
    return (
        Cell(" "),
        Cell(safe_line(delivery.event_type, 60), "strong"),
        Cell(" → ", "quiet"),
        Cell(safe_line(delivery.webhook_name, 60), "strong"),
        Cell("   "),
        *_health(delivery, webhook, now, pause_after),
    )


def _health(
    delivery: Delivery, webhook: Webhook | None, now: datetime, pause_after: int | None
) -> Iterable[Cell]:
    shown = state(delivery, now)
    tries = count(delivery.attempt, "attempt")
    if delivery.status == "failed":
        yield Cell(f"{shown.text} after {tries}", shown.style)
    elif delivery.status == "succeeded":
        yield Cell(f"{shown.text} with attempt {delivery.attempt}", shown.style)
    else:
        yield shown
    if webhook is None:
        return
    if webhook.state == "paused":
        yield Cell(" · webhook paused", "warn")
    elif consecutive_failures := webhook.statistics.consecutive_failures:
        most = f" of {pause_after:,}" if pause_after else ""
        yield Cell(f" · {consecutive_failures}{most} in a row", "warn")


def overview(detail: DeliveryDetail, now: datetime, _limit: int) -> list[Line]:
    """The facts."""
    return fact_lines(delivery_facts(detail, now))


def payload(detail: DeliveryDetail, _now: datetime, limit: int) -> list[Line]:
    """The event's payload, then the body from the webhook's template, if there is one."""
    raw = detail.payload
    exact = bytes(raw) if isinstance(raw, msgspec.Raw) else msgspec.json.encode(raw)
    lines = _inset(json_lines(exact, limit))
    if detail.custom_body is not None:
        lines += [(), heading("The sent body, from the webhook's template")]
        lines += _inset(body_lines(detail.custom_body, limit))
    return lines


def request(detail: DeliveryDetail, _now: datetime, limit: int) -> list[Line]:
    """The latest request: address and headers, credentials masked."""
    if not detail.attempts:
        return [quiet("nothing was sent yet")]
    sent = detail.attempts[-1].request
    return [
        (Cell("  POST ", "accent"), Cell(safe_line(sent.url))),
        *_headers(sent.headers),
        (),
        *_inset(body_lines(sent.body, limit)),
    ]


def response(detail: DeliveryDetail, _now: datetime, limit: int) -> list[Line]:
    """The latest answer: status, headers and the read part of the body."""
    if not detail.attempts:
        return [quiet("nothing was sent yet")]
    latest = detail.attempts[-1]
    if latest.response is None:
        return [quiet("there was no answer"), (Cell("  "), outcome(latest))]
    lines: list[Line] = [(Cell("  "), outcome(latest)), *_headers(latest.response.headers), ()]
    lines += _inset(body_lines(latest.response.body, limit))
    if latest.response.truncated:
        lines += [(), quiet("the receiver sent more; only the first 16 KiB are read")]
    return lines


def attempts(detail: DeliveryDetail, now: datetime, _limit: int) -> list[Line]:
    """The attempts in order of time, each with its phases."""
    if not detail.attempts:
        return [quiet("nothing was sent yet")]
    lines: list[Line] = []
    before: Attempt | None = None
    for attempt in detail.attempts:
        lines += _attempt(attempt, before)
        before = attempt
    if detail.next_attempt_at:
        lines.append((Cell("  ↻   ", "warn"), state(detail, now)))
    elif detail.status == "failed":
        lines.append(quiet("no attempt is left; r retries the delivery"))
    return lines


PARTS: dict[str, Callable[[DeliveryDetail, datetime, int], list[Line]]] = {
    "overview": overview,
    "payload": payload,
    "request": request,
    "response": response,
    "attempts": attempts,
}
"""The parts of the details by the name of their tab; the last argument limits long texts."""


def outcome(attempt: Attempt) -> Cell:
    """The outcome of an attempt in words: its error, or its HTTP status."""
    if attempt.error is not None:
        return Cell(safe_line(attempt.error.message), "bad")
    return Cell(str(attempt.http_status), "good")


def _attempt(attempt: Attempt, before: Attempt | None) -> Iterable[Line]:
    manual = ", manual" if attempt.manual else ""
    yield (
        Cell(f"  #{attempt.number:<3}", "accent"),
        Cell(f"{_clock(attempt.started_at)}  ", "quiet"),
        outcome(attempt),
        Cell(f"  in {duration(attempt.duration_ms)}{manual}"),
        Cell(f"  {_waited(attempt, before)}", "quiet"),
    )
    if phases := _phases(attempt.phases):
        yield (Cell(f"        {phases}", "quiet"),)


def _waited(attempt: Attempt, before: Attempt | None) -> str:
    if before is None:
        return ""
    start, ended = parsed(attempt.started_at), parsed(before.started_at)
    if start is None or ended is None:
        return ""
    waited = round((start - ended).total_seconds() * SECOND) - before.duration_ms
    return f"after {duration(max(0, waited))}"


def _phases(phases: Phases) -> str:
    named = {
        "dns": phases.dns,
        "connect": phases.connect,
        "tls": phases.tls,
        "first byte": phases.first_byte,
    }
    return " · ".join(f"{name} {spent}" for name, spent in named.items() if spent is not None)


def _clock(iso: str) -> str:
    moment = parsed(iso)
    return "–" if moment is None else f"{moment.astimezone():%H:%M:%S}"


def _headers(headers: Sequence[SentHeader]) -> list[Line]:
    return [
        (Cell(f"  {safe_line(header.name, 100)}: ", "name"), Cell(safe_line(header.value)))
        for header in headers
    ]


def _inset(lines: Iterable[Line]) -> list[Line]:
    return [(Cell("  "), *line) for line in lines]


MASK = "••••"
SKIPPED = {"host", "content-length"}
"""Headers that curl adds itself."""


def curl_command(request: AttemptRequest) -> str:
    """The curl command that sends the request again. Masked values have to be filled in by hand."""
    parts = ["curl", "-X", "POST", request.url]
    for header in request.headers:
        if header.name.lower() not in SKIPPED:
            parts += ["-H", f"{header.name}: {header.value}"]
    parts += ["--data-raw", request.body]
    return " ".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    """`part` quoted for a shell, without characters that a terminal reads as keys when pasted."""
    if part.isprintable():
        return shlex.quote(part)
    shown = part.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(each if each.isprintable() else _escape(each) for each in shown) + "'"


def _escape(character: str) -> str:
    """The bytes of a character as shells read them between `$'` and `'`."""
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "replace"))
