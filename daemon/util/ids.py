"""Ids: UUIDs that sort by time, so that indexes grow at one end, and short ids for people."""

import random
import secrets

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

# Ids are not secrets. The system's randomness needs a system call, which releases the GIL: it costs
# a busy writer 7 µs, twice for each event.
_noise = random.Random().getrandbits  # noqa: S311  # see above; seeded by the system


def new_uuid(now_ms: int) -> str:
    """A version 7 UUID of the moment `now_ms`."""
    noise = _noise(74)
    return "%08x-%04x-7%03x-%04x-%012x" % (  # noqa: UP031  # faster than an f-string
        now_ms >> 16,
        now_ms & 0xFFFF,
        noise >> 62,
        0x8000 | (noise >> 48) & 0x3FFF,
        noise & 0xFFFF_FFFF_FFFF,
    )


def new_short(prefix: str) -> str:
    """A short id that is easy to read aloud, e.g. `wh_k3x9q2mfwd8a` (60 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
