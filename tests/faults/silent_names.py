"""`python -m tests.faults.silent_names run`: a daemon whose name server is silent about some names.

As the system's own look-up does then, each holds a thread, for longer than any attempt lasts.
"""

import socket
import time
from typing import Any

from daemon.__main__ import main

SILENT = ".silent.test"
_SECONDS = 30.0
_look_up = socket.getaddrinfo


def _hanging(host: Any, *arguments: Any, **options: Any) -> Any:
    if str(host).endswith(SILENT):
        time.sleep(_SECONDS)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _look_up(host, *arguments, **options)


if __name__ == "__main__":
    socket.getaddrinfo = _hanging
    main()
