"""The facts about one kind of receiver, and the checks that use them."""

import json
from collections.abc import Iterator, Mapping

import msgspec

from daemon.domain.json_path import ABSENT, follow
from daemon.domain.webhooks.config import DestinationType


class RequiredHeader(msgspec.Struct, frozen=True):
    """A header to be entered. `prefix` precedes the input; `hint` says where to get it.

    A header with a `value` needs no input. One of the headers with the same `choice` is enough.
    """

    name: str
    prefix: str = ""
    hint: str = ""
    value: str | None = None
    choice: str | None = None


class Blank(msgspec.Struct, frozen=True):
    """A gap in a template: a value that only the user has replaces `text`."""

    text: str
    title: str
    hint: str
    secret: bool = False


class Limit(msgspec.Struct, frozen=True):
    """A limit of the receiver: characters of a text, keys of an object, bytes of a body.

    `path` leads to the measured value; an empty one is the body itself.
    """

    path: str
    most: int
    unit: str


class Guide(msgspec.Struct, frozen=True):
    """A kind of receiver, and the values of a webhook to it.

    With `template` None, it accepts the default payload. `templates` are for single event types and
    read better than the common one. `rate` is deliveries a second, None without a limit.
    """

    kind: str
    title: str
    url_hint: str
    url_starts: tuple[str, ...] = ()
    url_holds: tuple[str, ...] = ()
    type: DestinationType = DestinationType.OTHER
    headers: tuple[RequiredHeader, ...] = ()
    template: str | None = None
    templates: tuple[tuple[str, str], ...] = ()
    blanks: tuple[Blank, ...] = ()
    limits: tuple[Limit, ...] = ()
    rate: float | None = None
    answers: str = "any 2xx"
    notes: tuple[str, ...] = ()

    def template_for(self, events: tuple[str, ...]) -> str | None:
        """The template for a webhook that subscribes to these events."""
        own = dict(self.templates)
        return own.get(events[0], self.template) if len(events) == 1 else self.template


def fill_blanks(guide: Guide, template: str, values: Mapping[str, str]) -> str:
    """The template with its gaps filled; `values` are by the titles of the blanks.

    A blank without a value stays, for the user to fill.
    """
    for blank in guide.blanks:
        if blank.title in values:
            written = json.dumps(values[blank.title], ensure_ascii=False)[1:-1]
            template = template.replace(blank.text, written)
    return template


def open_blanks(guide: Guide, template: str) -> tuple[Blank, ...]:
    """The unfilled gaps of a template."""
    return tuple(blank for blank in guide.blanks if blank.text in template)


def limit_problems(guide: Guide, body: bytes) -> Iterator[str]:
    """The limits of this receiver that a rendered body exceeds."""
    value = json.loads(body, parse_int=str, parse_float=str)
    for limit in guide.limits:
        if limit.unit == "bytes":
            size = len(body)
        else:
            found = follow(limit.path.split("."), value)
            size = 0 if found is ABSENT or found is None else len(found)
        if size > limit.most:
            what = limit.path or "the body"
            yield f"{what} has {size:,} {limit.unit}; {guide.title} allows {limit.most:,}"
