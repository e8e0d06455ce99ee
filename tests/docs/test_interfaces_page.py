"""interfaces.md names the settings, the columns of CSV, and the keys of deliveries and filters."""

from dataclasses import fields
from pathlib import Path

from daemon.api.handlers.exports import COLUMNS
from daemon.domain.filters.keys import FilterKey
from daemon.protocol import Delivery
from daemon.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "design" / "interfaces.md").read_text()


def part(begin: str, end: str) -> str:
    return PAGE.partition(begin)[2].partition(end)[0]


def test_every_setting_has_a_row():
    table = part("\n## daemon.toml\n", "\n## ")
    for section in fields(Settings):
        assert f"`[{section.name}]`" in table
        for key in fields(section.default):
            assert f"`{key.name}`" in table


def test_the_head_of_csv_is_written_out():
    assert f"`{','.join(COLUMNS)}`" in PAGE


def test_every_key_of_a_delivery_is_named():
    shape = part("\nA delivery:\n", "\n\n")
    assert [name for name in Delivery.__struct_fields__ if f'"{name}"' not in shape] == []


def test_every_key_of_a_filter_has_a_row():
    table = part("\n## Filters\n", "\n## ")
    keys = [key for key in FilterKey if key is not FilterKey.TEXT]
    assert [key for key in keys if f"`{key}:" not in table] == []
