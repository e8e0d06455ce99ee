import os

import pytest

from daemon.api import access
from daemon.api.access import AccessControl, Credentials, login_of, role_of
from daemon.protocol.refusal import Refusal
from daemon.settings.model import AccessSettings as Rules

NONE = frozenset()


@pytest.mark.parametrize(
    ("users", "groups", "member", "role"),
    [
        ({}, {}, NONE, None),
        ({"ann": "viewer"}, {}, NONE, "viewer"),
        ({"1234": "admin"}, {}, NONE, "admin"),
        ({"bob": "admin"}, {}, NONE, None),
        ({}, {"oncall": "operator"}, {"oncall"}, "operator"),
        ({}, {"99": "producer"}, {"ci", "99"}, "producer"),
        ({}, {"oncall": "operator"}, {"ci"}, None),
        ({"ann": "producer"}, {"oncall": "operator", "ci": "viewer"}, {"oncall", "ci"}, "operator"),
        ({"ann": "admin"}, {"oncall": "operator"}, {"oncall"}, "admin"),
    ],
)
def test_the_highest_role_that_applies_counts(users, groups, member, role):
    rules = Rules(users=users, groups=groups)
    assert role_of("ann", 1234, frozenset(member), rules) == role


def test_a_user_without_a_name_goes_by_its_number():
    assert login_of(4_000_000) == "4000000"
    assert login_of(0) == "root"


async def test_root_and_the_daemons_own_user_are_admin():
    who = AccessControl(Rules)
    for uid in {0, os.geteuid()}:
        caller = await who.caller(Credentials(12, uid, 0))
        assert (caller.role, caller.uid, caller.pid) == ("admin", uid, 12)


async def test_others_are_refused_unless_a_rule_says_otherwise(monkeypatch):
    monkeypatch.setattr(access, "FRESH", 0)
    rules = Rules()
    who = AccessControl(lambda: rules)
    peer = Credentials(5, 4_000_000, 4_000_001)
    with pytest.raises(Refusal) as refused:
        await who.caller(peer)
    assert refused.value.problem.status == 403
    assert "4000000 has no role" in refused.value.problem.detail
    rules = Rules(users={"4000000": "viewer"})
    assert (await who.caller(peer)).role == "viewer"
    rules = Rules(groups={"4000001": "operator"})
    assert (await who.caller(peer)).role == "operator"
    rules = Rules()
    with pytest.raises(Refusal):
        await who.caller(peer)


async def test_a_membership_that_ends_is_noticed(monkeypatch):
    member = [4_000_001]
    monkeypatch.setattr(access.os, "getgrouplist", lambda _login, gid: [gid, *member])
    clock = 100.0
    monkeypatch.setattr(access.time, "monotonic", lambda: clock)
    who = AccessControl(lambda: Rules(groups={"4000001": "viewer"}))
    peer = Credentials(5, 4_000_000, 9)
    assert (await who.caller(peer)).role == "viewer"
    member.clear()
    assert (await who.caller(peer)).role == "viewer"
    clock += access.FRESH + 0.1
    with pytest.raises(Refusal):
        await who.caller(peer)
