"""Pipes, devices, loops, folders and giants in place of a file: reported, and nothing stops."""

import os
import shutil
from contextlib import suppress

import pytest

from tests.harness.daemon import until

SOUND = '[[webhook]]\nname = "{0}"\nurl = "https://{0}.example.com/"\nevents = ["scan.*"]\n'
GIANT = 17 * 2**20


def pipe(path):
    os.mkfifo(path)


def device(path):
    path.symlink_to("/dev/zero")


def loop(path):
    path.symlink_to(path.name)


def folder(path):
    path.mkdir()


def giant(path):
    with path.open("wb") as file:
        file.truncate(GIANT)


def gone(path):
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


ODD = [pipe, device, loop, folder, giant]


def problems(daemon):
    return [each["message"] for each in daemon.call("GET", "/v1/daemon")["settings_errors"]]


@pytest.fixture
def running(daemon):
    (daemon.home / "webhooks.d").mkdir()
    yield daemon.start()
    event = {"event_type": "user.login", "data": {}}
    assert daemon.submit(event)["event_id"]


@pytest.mark.parametrize("odd", ODD)
def test_in_place_of_a_webhook_file(running, odd):
    place = running.home / "webhooks.d" / "a.toml"
    odd(place)
    until(lambda: problems(running))
    assert "cannot be read" in problems(running)[0]
    (place.parent / "b.toml").write_text(SOUND.format("b"))
    until(lambda: running.call("GET", "/v1/webhooks")["items"])
    gone(place)
    until(lambda: not problems(running))


@pytest.mark.parametrize("odd", ODD)
def test_in_place_of_the_settings(running, odd):
    place = running.home / "daemon.toml"
    odd(place)
    until(lambda: problems(running))
    gone(place)
    place.write_text("[delivery]\ntimeout = 7\n")
    until(lambda: not problems(running))
    assert running.call("GET", "/v1/daemon")["settings"]["delivery"]["timeout"] == 7


@pytest.mark.parametrize("odd", [*ODD, None])
def test_in_place_of_certificates_or_a_secret(running, odd):
    place = running.home / "named"
    if odd is not None:
        odd(place)
    running.settings(f'[network]\nca_file = "{place}"\n')
    until(lambda: any("named" in each for each in problems(running)))
    file = running.home / "webhooks.d" / "a.toml"
    file.write_text(SOUND.format("a") + f'secret = "file:{place}"\n')
    until(lambda: any("secret" in each for each in problems(running)))
    gone(place)
    place.write_text("an unknown secret 1234567890123456")
    until(lambda: running.call("GET", "/v1/webhooks")["items"])
    (running.home / "daemon.toml").unlink()
    until(lambda: not problems(running))


@pytest.mark.parametrize("odd", ODD)
def test_a_start_beside_an_odd_file(daemon, odd):
    """As settings it ends the start with a line; as a webhook file it does not."""
    (daemon.home / "webhooks.d").mkdir()
    odd(daemon.home / "webhooks.d" / "a.toml")
    daemon.start()
    assert problems(daemon)
    daemon.kill()
    odd(daemon.home / "daemon.toml")
    daemon.spawn()
    assert daemon.wait() == 1
    assert "daemon.toml" in daemon.log()


def test_a_webhook_file_whose_name_is_not_utf_8(running):
    """It made the daemon's own page a fault."""
    folder = running.home / "webhooks.d"
    odd = folder / os.fsdecode(b"a\xff\x1b.toml")
    odd.write_text(SOUND.format("a"))
    (folder / "b.toml").write_text(SOUND.format("b"))
    until(lambda: problems(running))
    (problem,) = running.call("GET", "/v1/daemon")["settings_errors"]
    assert "not UTF-8" in problem["message"]
    until(lambda: running.call("GET", "/v1/webhooks")["items"])
    assert [each["name"] for each in running.call("GET", "/v1/webhooks")["items"]] == ["b"]
    odd.unlink()
    until(lambda: not problems(running))
