"""The models describe the tables that the migrations make, column by column."""

import re

import pytest
from peewee import SqliteDatabase
from playhouse.schema_diff import diff_models

from daemon.store.database import execute
from daemon.store.models import ALL
from tests.harness.rows import Rows


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    rows = Rows(tmp_path_factory.mktemp("migrated") / "store.db")
    yield rows.db
    rows.close()


@pytest.fixture(scope="module")
def made():
    """A database with the tables as Peewee makes them from the models."""
    db = SqliteDatabase(":memory:")
    db.connect()
    for model in ALL:
        with model.bind_ctx(db):
            model.create_table(safe=False)
    yield db
    db.close()


def columns(db, table):
    """Name, type, nullability, default, place in the primary key, hidden."""
    return [tuple(row[1:]) for row in execute(db, f"PRAGMA table_xinfo({table})")]


def indexes(db, table):
    """Whether of the primary key, unique, name (None: a column's own), columns, condition."""
    found = set()
    for _, name, unique, origin, partial in execute(db, f"PRAGMA index_list({table})").fetchall():
        key = tuple(
            row[2:5] for row in execute(db, f"PRAGMA index_xinfo({name})") if row[5]
        )  # column, descending, collation
        of_column = unique and not partial and len(key) == 1
        condition = None
        if partial:
            sql = execute(db, "SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
            condition = re.sub(r'["()\s]', "", sql.partition(" WHERE ")[2])
        is_named = origin != "pk" and not of_column
        found.add((origin == "pk", bool(unique), name if is_named else None, key, condition))
    return found


@pytest.mark.parametrize("table", [model._meta.table_name for model in ALL])
def test_a_migrated_table_is_as_its_model_says(migrated, made, table):
    assert columns(migrated, table) == columns(made, table)
    assert indexes(migrated, table) == indexes(made, table)
    is_rowid = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?"
    assert execute(migrated, is_rowid, (table,)).fetchone() == (
        execute(made, is_rowid, (table,)).fetchone()
    )


def test_there_is_a_model_for_every_table(migrated):
    tables = execute(migrated, "SELECT name FROM sqlite_master WHERE type = 'table'")
    assert {name for (name,) in tables} - {"schema_migration"} == {
        model._meta.table_name for model in ALL
    }


def test_peewee_itself_finds_nothing_to_migrate(migrated):
    diff = diff_models(migrated, ALL)
    assert (diff.create_tables, diff.add_columns, diff.drop_columns) == ([], [], [])
