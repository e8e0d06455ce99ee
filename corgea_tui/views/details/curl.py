"""A request as a command line for curl, quoted for a shell."""

import shlex

from daemon.protocol import AttemptRequest

MASK = "••••"
SKIPPED = {"host", "content-length"}
"""Headers that curl writes itself."""


def curl_command(request: AttemptRequest) -> str:
    """What would send it again; masked values stay masked and have to be filled in by hand."""
    parts = ["curl", "-X", "POST", request.url]
    for header in request.headers:
        if header.name.lower() not in SKIPPED:
            parts += ["-H", f"{header.name}: {header.value}"]
    parts += ["--data-raw", request.body]
    return " ".join(map(_quoted, parts))


def _quoted(part: str) -> str:
    """As `shlex.quote`, with nothing in it that a terminal would take for a key when pasted."""
    if part.isprintable():
        return shlex.quote(part)
    shown = part.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(each if each.isprintable() else _escape(each) for each in shown) + "'"


def _escape(character: str) -> str:
    """The bytes of a character as shells read them between `$'` and `'`."""
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "replace"))
