"""Commands over a real sshd on loopback."""

import json

import pytest

from tests.harness.daemon import short_home
from tests.harness.sshd import needs_sshd, sshd

pytestmark = [needs_sshd, pytest.mark.slow]


@pytest.fixture
def ssh(served):
    with sshd(served.home) as start:
        yield start


@pytest.mark.parametrize("allowed", ["yes", "no"])
def test_commands_work_over_ssh_forwarded_or_bridged(served, ssh, allowed):
    env = ssh(AllowStreamLocalForwarding=allowed)
    with short_home() as folder:
        env["TMPDIR"] = str(folder)
        ended = served.tui("emit", "user.login", "--event-id", f"far-{allowed}", "--json", **env)
        assert list(folder.iterdir()) == []
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["event_id"] == f"far-{allowed}"
    assert served.tui("events", "show", f"far-{allowed}").returncode == 0


def test_no_daemon_over_there_is_69(served, ssh):
    env = ssh(SetEnv="CORGEA_HOME=/nonexistent HOME=/nonexistent XDG_RUNTIME_DIR=/nonexistent")
    ended = served.tui("stats", **env)
    assert ended.returncode == 69
    assert "corgea-daemon run" in ended.stderr


def test_no_ssh_server_there_is_69(served):
    env = {"CORGEA_HOST": "ssh://127.0.0.1:9", "CORGEA_SSH": "ssh -F none -o BatchMode=yes"}
    ended = served.tui("stats", **env)
    assert ended.returncode == 69
    assert "ssh to 127.0.0.1 failed" in ended.stderr


@pytest.mark.parametrize("url", ["ssh://", "ssh://-oProxyCommand=x", "ssh://h:port"])
def test_a_bad_url_is_a_usage_error(homeless, url):
    assert homeless.tui("stats", CORGEA_HOST=url).returncode == 2
