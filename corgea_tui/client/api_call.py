"""A call of the daemon's API: its request and the type of its answer. It does no I/O.

`calls.py` describes each call; `LeanClient` and `Client` send them.
"""

from collections.abc import Mapping
from typing import Generic, TypeVar, get_args

import msgspec

from corgea_tui.client.errors import NotUnderstood, Usage
from daemon.protocol import ApiRange, DeliveryDetail, EventDetail, Page

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Query = Mapping[str, str | int | None]

JSON = "application/json"
NDJSON = "application/x-ndjson"


class ApiCall(msgspec.Struct, Generic[T_co], frozen=True):
    """One call: the request and the type of the answer.

    `answer` None: the body of the answer is not read as JSON. Parameters of `query` that are None
    are left out. `version` goes into `If-Match`: the state that a change is based on.
    """

    method: str
    path: str
    answer: type[T_co] | None = None
    query: Query = {}
    body: bytes = b""
    version: int | None = None
    media_type: str = JSON

    @property
    def parameters(self) -> dict[str, str | int]:
        """The parameters that are not None."""
        return {name: value for name, value in self.query.items() if value is not None}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request."""
        headers = {"Content-Type": self.media_type} if self.body else {}
        return headers if self.version is None else {**headers, "If-Match": str(self.version)}

    def decode(self, body: bytes) -> T_co:
        """The answer as an object; raises `NotUnderstood` when it has another shape."""
        if self.answer is None:
            return None  # type: ignore[return-value]  # such calls are ApiCall[None]
        return decode(body, self.answer, "the daemon's answer")


class ApiListCall(ApiCall[Page[T]], Generic[T], frozen=True):
    """A call that answers with a page of a list."""

    def page(self, limit: int, cursor: str | None = None) -> "ApiListCall[T]":
        """The same list, from `cursor` on, `limit` items."""
        return msgspec.structs.replace(self, query={**self.query, "limit": limit, "cursor": cursor})

    def decode_item(self, item: msgspec.Raw) -> T:
        """One item of the list as an object."""
        kind: type[T] = get_args(self.answer)[0]
        return decode(item, kind, "an item of the daemon's answer")


RawPage = Page[msgspec.Raw]
"""A page whose items are not decoded: they are printed unchanged, or decoded one by one."""


class RawChange(msgspec.Struct, frozen=True):
    """A line of the stream of changes whose object is not decoded yet.

    Most are replaced by a newer state before they are read. A client ignores types that it does
    not know.
    """

    seq: int
    type: str
    data: msgspec.Raw


class Hello(msgspec.Struct, frozen=True):
    """The part of `DaemonInfo` that is the same in every version of the protocol."""

    version: str
    api: ApiRange


class Matched(msgspec.Struct, frozen=True):
    """The number of deliveries that a bulk call matches; `job_id` once it has started."""

    matched: int
    job_id: str | None = None


class ExactDelivery(DeliveryDetail, frozen=True, kw_only=True):
    """A delivery with the payload byte for byte: decoded numbers would lose their spelling."""

    payload: msgspec.Raw


class ExactEvent(EventDetail, frozen=True, kw_only=True):
    """An event with the payload byte for byte."""

    payload: msgspec.Raw


_change = msgspec.json.Decoder(RawChange)
_encoder = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes | msgspec.Raw, kind: type[T], what: str) -> T:
    """`body` as `kind`; raises `NotUnderstood`, which names `what`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise NotUnderstood(what, error) from error


def decode_change(line: bytes) -> RawChange:
    """A line of the stream of changes."""
    try:
        return _change.decode(line)
    except msgspec.MsgspecError as error:
        raise NotUnderstood("the stream of changes", error) from error


def encode(value: object) -> bytes:
    """`value` as JSON; decimal numbers keep the spelling they were typed in."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Usage("the input is not valid UTF-8") from None


def segment(text: str) -> str:
    """`text` as one segment of a path. The legal id `..` is escaped too."""
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    from urllib.parse import quote

    return "%2E" * len(text) if text in {".", ".."} else quote(text, safe="")
