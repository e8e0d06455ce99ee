"""`Caller`: the user of a call, made from the socket's peer credentials and named in the audit."""

import pwd

import msgspec

from daemon.protocol import Role, role_includes


class Caller(msgspec.Struct, frozen=True):
    """A peer on a socket and its role (rules.md §7)."""

    login: str
    uid: int
    pid: int
    role: Role

    def may(self, role: Role) -> bool:
        """Whether the caller has `role` or more."""
        return role_includes(self.role, role)

    @property
    def sees_urls(self) -> bool:
        """Whether full URLs are visible; viewers see the host and the last four characters."""
        return self.may("operator")


DAEMON = Caller("daemon", 0, 0, "admin")
"""The daemon itself, for webhook files and automatic pauses."""


def login_of(uid: int) -> str:
    """The login name, or the number of an unknown user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
