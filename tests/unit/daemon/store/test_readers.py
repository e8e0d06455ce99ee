"""Queries beside the loop: each has its time, and searches keep nobody else waiting."""

import threading

import pytest
import pytest_asyncio

from daemon.store.database import READERS, Readers, execute, open_writer
from daemon.store.errors import QueryTooLong
from daemon.util.tasks import Tasks

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest_asyncio.fixture
async def readers(tmp_path):
    writer = open_writer(tmp_path / "corgea.db")
    readers = Readers(tmp_path / "corgea.db")
    yield readers
    readers.close()
    writer.close()


def one(db):
    return execute(db, "SELECT 1").fetchone()[0]


async def test_a_query_that_takes_too_long_is_ended_and_says_how_to_narrow_it(readers):
    with pytest.raises(QueryTooLong, match="narrow it"):
        await readers.run(lambda db: execute(db, ENDLESS).fetchall(), seconds=0.05)
    assert [await readers.run(one) for _ in range(READERS + 1)] == [1] * (READERS + 1)


async def test_the_time_of_one_query_does_not_end_the_next(readers):
    readers_of_one = Readers(readers._path, threads=1)
    assert await readers_of_one.run(one, seconds=0.0) == 1
    assert await readers_of_one.run(one, seconds=None) == 1
    readers_of_one.close()


async def test_what_is_wrong_with_a_query_in_time_is_raised_as_it_is(readers):
    with pytest.raises(Exception, match="no such table"):
        await readers.run(lambda db: execute(db, "SELECT * FROM nowhere"))


async def test_searches_keep_no_other_query_waiting(readers):
    gate = threading.Event()
    tasks = Tasks()
    searches = [
        tasks.spawn(readers.run(lambda _: gate.wait(30), slow=True), "search")
        for _ in range(READERS + 2)
    ]
    assert await readers.run(one) == 1
    gate.set()
    assert all([await search for search in searches])
