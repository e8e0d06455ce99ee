"""The request of one attempt: which bytes go to which address under which headers (spec.md §3).

The same function makes the request that is sent and the one that history shows, so the two cannot
drift apart.
"""

import msgspec


class OutgoingRequest(msgspec.Struct, frozen=True):
    """A POST as it goes on the wire, but for Host, Content-Length and Accept-Encoding.

    `url` is sent byte for byte as saved. `headers` come in the order in which they are written.
    """

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
