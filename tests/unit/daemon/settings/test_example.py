"""The printed example and what is shown of the settings."""

import json
import re
import tomllib
from dataclasses import fields, replace

import pytest

from daemon.settings import NetworkSettings, NotifySettings, Settings, public_settings
from daemon.settings.read import SECTIONS, keys_of, read_settings
from daemon.settings.views import example

EVERY_KEY = [
    (section, name, key) for section in SECTIONS for name, key in keys_of(SECTIONS[section]).items()
]


def test_the_example_says_exactly_the_defaults():
    assert read_settings(example().encode(), "example") == Settings()


def test_every_field_is_a_documented_key():
    for name, section in SECTIONS.items():
        assert list(keys_of(section)) == [field.name for field in fields(section)], name


@pytest.mark.parametrize(("section", "name", "key"), EVERY_KEY)
def test_every_key_stands_in_the_example_under_its_explanation(section, name, key):
    part = re.search(rf"(?ms)^\[{section}\]$(.*?)(?=^\[|\Z)", example())
    assert part is not None
    lines = part[1].splitlines()
    at = next(n for n, line in enumerate(lines) if re.match(rf"(# )?{name} = ", line))
    assert lines[at - 1] == f"# {key.doc.splitlines()[-1]}"
    assert key.doc.endswith(".")


@pytest.mark.parametrize(("section", "name", "key"), [each for each in EVERY_KEY if each[2].sample])
def test_what_is_commented_out_may_be_commented_in(section, name, key):
    line = next(line for line in example().splitlines() if line.startswith(f"# {name} = "))
    value = tomllib.loads(line[2:])[name]
    if name != "ca_file":  # only a file that is there is taken
        assert key.kind.read(value) is not None


def test_the_example_fits_a_terminal():
    assert max(map(len, example().splitlines())) <= 100


def test_settings_are_shown_as_plain_json():
    plain = public_settings(Settings())
    assert json.loads(json.dumps(plain)) == plain
    assert plain["delivery"]["schedule"] == [2.0, 4.0]
    assert plain["access"] == {"group": None, "users": {}, "groups": {}}


def test_nothing_secret_is_shown():
    settings = replace(
        Settings(),
        network=NetworkSettings(proxy="http://user:hunter2@proxy:3128"),
        notify=NotifySettings(command=("/bin/notify", "--token", "hunter2")),
    )
    plain = public_settings(settings)
    assert "hunter2" not in json.dumps(plain)
    assert plain["network"]["proxy"] == "http://••••@proxy:3128"
    assert plain["notify"]["command"] == ["/bin/notify", "••••", "••••"]
