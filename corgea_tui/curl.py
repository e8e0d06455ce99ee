"""A request as a command line for curl, quoted for a shell."""

import shlex

from daemon.wire import AttemptRequest

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
    return " ".join(shlex.quote(part) for part in parts)
