"""Access control: the user at the other end of a socket becomes a role (rules.md §7)."""

import asyncio
import grp
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon.api.problems import forbidden
from daemon.protocol import ROLES, Role
from daemon.protocol.caller import Caller, login_of
from daemon.settings.model import AccessSettings as Rules

_UCRED = struct.Struct("3i")
FRESH = 1.0
"""Seconds for which looked-up groups are valid; a changed membership takes effect after them."""


@dataclass(frozen=True)
class Credentials:
    """The peer process, as the kernel reports it. `pid` is 0 in another PID namespace."""

    pid: int
    uid: int
    gid: int


@dataclass(frozen=True)
class _Identity:
    login: str
    groups: frozenset[str]
    read_at: float


def credentials_of(transport: asyncio.BaseTransport) -> Credentials:
    """The credentials of a connection's peer, as they were when it connected."""
    peer: socket.socket = transport.get_extra_info("socket")
    packed = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    return Credentials(*_UCRED.unpack(packed))


class AccessControl:
    """Maps peers to roles by `[access]` of the settings in effect. Every call uses it."""

    def __init__(self, rules: Callable[[], Rules]) -> None:
        self._rules = rules
        self._own = os.geteuid()
        self._identities: dict[tuple[int, int], _Identity] = {}

    def is_own(self, uid: int) -> bool:
        """Whether `uid` is the daemon's own user or root: always admin, with larger quotas."""
        return uid in {self._own, 0}

    async def caller(self, peer: Credentials) -> Caller:
        """The peer with its role; Refusal (403) when it has none."""
        identity = self._identities.get((peer.uid, peer.gid))
        if self.is_own(peer.uid):
            identity = identity or self._remember(peer, _Identity(login_of(peer.uid), _NONE, 0))
            return Caller(identity.login, peer.uid, peer.pid, "admin")
        if identity is None or time.monotonic() - identity.read_at > FRESH:
            # A thread looks it up: the user directory may be on the network, and the loop must
            # not block.
            identity = self._remember(peer, await asyncio.to_thread(_look_up, peer.uid, peer.gid))
        role = role_of(identity.login, peer.uid, identity.groups, self._rules())
        if role is None:
            raise forbidden(
                f"{identity.login} has no role here; an admin can give one in [access] of the"
                " daemon's settings"
            )
        return Caller(identity.login, peer.uid, peer.pid, role)

    def _remember(self, peer: Credentials, identity: _Identity) -> _Identity:
        self._identities[peer.uid, peer.gid] = identity
        return identity


_NONE: frozenset[str] = frozenset()


def role_of(login: str, uid: int, groups: frozenset[str], rules: Rules) -> Role | None:
    """The highest role that a rule gives to the user or one of its groups."""
    roles = [rules.users[name] for name in (login, str(uid)) if name in rules.users]
    roles += [role for name, role in rules.groups.items() if name in groups]
    return max(roles, key=ROLES.index, default=None)


def _look_up(uid: int, gid: int) -> _Identity:
    login = login_of(uid)
    try:
        gids = {gid, *os.getgrouplist(login, gid)}
    except OSError:
        gids = {gid}
    names: set[str] = set()
    for each in gids:
        names.add(str(each))
        try:
            names.add(grp.getgrgid(each).gr_name)
        except KeyError:
            continue
    return _Identity(login, frozenset(names), time.monotonic())
