"""Ids that sort by the time they were made, so that indexes grow at one end."""

import os
import secrets

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def new_uuid(now_ms: int) -> str:
    """A version 7 UUID of the moment `now_ms`."""
    noise = int.from_bytes(os.urandom(10), "big")
    high = (now_ms << 16) | 0x7000 | (noise >> 68) & 0xFFF
    low = 0x8000000000000000 | noise & 0x3FFFFFFFFFFFFFFF
    text = f"{high:016x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def new_short(prefix: str) -> str:
    """A short id that is easy to read aloud, e.g. `wh_k3x9q2mfwd8a` (60 bits)."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))
