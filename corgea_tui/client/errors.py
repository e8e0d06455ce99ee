"""The errors of calls of the daemon and of commands, each with its exit code.

The commands and the app share them (interfaces.md, corgea-tui). They import only the protocol.

    ClientError             the message is one line; `advice` is what the user can do
      Failed                1    the act was tried without success
      Usage                 2    the command is written wrongly
      Forbidden             4    the file system does not let this user in
      Unreachable           69   no daemon answers, or the connection broke
        NotUnderstood       76   an answer came and cannot be read
      ProtocolMismatch      76   client and daemon have no protocol in common
      Refused               1    the daemon answered with a problem (4 or 2, see there)
"""

import msgspec

from daemon.protocol import API_MAX, API_MIN, ApiRange
from daemon.protocol.problems import FieldProblem, Problem

DONE = 0
FAILED = 1
USAGE = 2
FORBIDDEN = 4
UNREACHABLE = 69
MISMATCH = 76
INTERRUPTED = 130

FIRST_ERROR = 400
NOT_PERMITTED = 403
NOT_FOUND = 404
STALE = 412
INVALID = 422
UPGRADE = 426
BUSY = frozenset({429, 503})
"""The daemon is overloaded: the same call may succeed later."""

COMMAND_FIELDS = frozenset({"filter", "since", "until", "limit", "rate"})
"""Fields of a command's options; all other fields are those of a webhook or an event."""


class ClientError(Exception):
    """An error that ends a command with `exit_code`; `advice` is what the user can do."""

    exit_code = FAILED

    def __init__(self, message: str, advice: str = "") -> None:
        """`message` is one line for people; `advice` may have several lines, or none."""
        super().__init__(message)
        self.message = message
        self.advice = advice


class Failed(ClientError):
    """The act was tried without success."""


class Usage(ClientError):
    """The command is written wrongly and cannot be carried out."""

    exit_code = USAGE


class Forbidden(ClientError):
    """The file system does not let this user open the daemon's socket."""

    exit_code = FORBIDDEN


class Unreachable(ClientError):
    """No daemon answers, or the connection broke before the answer was complete."""

    exit_code = UNREACHABLE


class NotUnderstood(Unreachable):
    """The daemon's answer is not JSON, or not of the expected shape.

    The app treats it as a lost connection and tries again. A command ends.
    """

    exit_code = MISMATCH

    def __init__(self, what: str, error: msgspec.MsgspecError) -> None:
        """`what`: which answer cannot be read."""
        super().__init__(
            f"{what} cannot be read: {error}",
            "check that corgea-tui and corgea-daemon have the same version",
        )


class ProtocolMismatch(ClientError):
    """Client and daemon have no protocol in common; `advice` names the side to upgrade."""

    exit_code = MISMATCH


class Refused(ClientError):
    """The daemon answered with a problem, which lists all errors of the request."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """Exit code 4 when the role does not allow it, 2 for a bad filter or time, else 1."""
        super().__init__(problem.detail or problem.title)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the call may be repeated (`Retry-After`); None: not given."""
        if problem.status == NOT_PERMITTED:
            self.exit_code = FORBIDDEN
        elif problem.errors and all(each.field in COMMAND_FIELDS for each in problem.errors):
            self.exit_code = USAGE

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status

    @property
    def fields(self) -> tuple[FieldProblem, ...]:
        """The errors, field by field."""
        return self.problem.errors


def error_of(status: int, body: bytes, retry_after: str | None) -> Refused | ProtocolMismatch:
    """The error for an answer of 400 or more; `retry_after` is the header of that name."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = Problem(f"the daemon answered {status}", status)
    if status == UPGRADE:
        return ProtocolMismatch(problem.detail or problem.title, "upgrade corgea-tui")
    wait = retry_after or ""
    return Refused(problem, float(wait) if wait.isascii() and wait.isdecimal() else None)


def check_protocol(version: str, api: ApiRange) -> None:
    """Raise `ProtocolMismatch` when a daemon of `version` has no protocol in common with us."""
    theirs = f"{api.min}" if api.min == api.max else f"{api.min} to {api.max}"
    ours = f"{API_MIN}" if API_MIN == API_MAX else f"{API_MIN} to {API_MAX}"
    versions = f"the daemon ({version}) speaks protocol {theirs}, corgea-tui speaks {ours}"
    if api.min > API_MAX:
        raise ProtocolMismatch(versions, "upgrade corgea-tui")
    if api.max < API_MIN:
        raise ProtocolMismatch(versions, "upgrade corgea-daemon, then restart it")
