"""How a command can fail: a few kinds, each with its exit code (interfaces.md, corgea-tui)."""

from daemon.protocol.problems import FieldProblem, Problem

DONE = 0
FAILED = 1
USAGE = 2
FORBIDDEN = 4
UNREACHABLE = 69
MISMATCH = 76
INTERRUPTED = 130

NOT_PERMITTED = 403
NOT_FOUND = 404
CONFLICT = 409
STALE = 412
INVALID = 422

ASKED = frozenset({"filter", "since", "until", "limit", "rate"})
"""Fields that are no part of a webhook or an event: how the command was written."""


class CommandError(Exception):
    """A failure that ends a command with `exit_code`; `advice` is what to do about it."""

    exit_code = FAILED

    def __init__(self, message: str, advice: str = "") -> None:
        """`message` is one line in words for people."""
        super().__init__(message)
        self.message = message
        self.advice = advice


class Failed(CommandError):
    """It was tried and did not work."""


class Usage(CommandError):
    """The command cannot be carried out as it was written."""

    exit_code = USAGE


class Forbidden(CommandError):
    """The caller's role, or the file system, does not allow it."""

    exit_code = FORBIDDEN


class Unreachable(CommandError):
    """No daemon answers."""

    exit_code = UNREACHABLE


class Mismatch(CommandError):
    """Client and daemon know no common protocol."""

    exit_code = MISMATCH


class Refused(CommandError):
    """The daemon said no; `problem` is its answer, with every complaint at once."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        """Exit code 4 when the role does not allow it, 2 for a bad filter or time, else 1."""
        super().__init__(problem.detail or problem.title)
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which the daemon wants to be asked again, or None."""
        if problem.status == NOT_PERMITTED:
            self.exit_code = FORBIDDEN
        elif problem.errors and all(each.field in ASKED for each in problem.errors):
            self.exit_code = USAGE

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status

    @property
    def fields(self) -> tuple[FieldProblem, ...]:
        """What is wrong, field by field."""
        return self.problem.errors
