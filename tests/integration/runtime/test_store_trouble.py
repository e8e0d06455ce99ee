"""A disk without room, a locked and a damaged database: refused, kept, recovered from."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from daemon.domain.deliveries.lifecycle import DeliveryStatus
from daemon.store.dialect.sqlite import left_uncleanly
from daemon.store.errors import StoreFull, StoreLocked, StoreProblem
from daemon.util.disk_reserve import SIZE, Reserve
from tests.harness.receiver import accept_after


@pytest.fixture
def locked(rig):
    """A function that gives another program's lock on the rig's database."""
    rig.service.db.execute_sql("PRAGMA busy_timeout = 20")

    def lock():
        other = sqlite3.connect(rig.paths.database, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        return closing(other)

    return lock


async def test_a_locked_database_is_reported_and_passes(rig, locked):
    await rig.webhook()
    with locked(), pytest.raises(StoreLocked, match="another program has locked the database"):
        await rig.emit()
    await rig.emit()
    await rig.settled()
    assert len(rig.receiver.received) == 1


async def test_many_that_wait_for_a_locked_database_wait_once(rig, locked):
    rig.service.db.execute_sql("PRAGMA busy_timeout = 300")
    await rig.webhook()
    with locked():
        began = asyncio.get_running_loop().time()
        answers = await asyncio.gather(*(rig.emit() for _ in range(30)), return_exceptions=True)
        assert asyncio.get_running_loop().time() - began < 5  # not thirty times 0.3 s
    assert all(isinstance(answer, StoreLocked) for answer in answers)


async def test_an_outcome_waits_for_a_locked_database(rig, locked):
    lock = None

    async def locking(_):
        nonlocal lock
        lock = locked()
        return 200

    rig.receiver.answer = locking
    await rig.webhook()
    uid = (await rig.emit()).deliveries[0].id
    await rig.until(lambda: rig.service.writer._kept)
    assert rig.delivery(uid).status is DeliveryStatus.PENDING
    with lock:
        pass
    await rig.settled()
    record = rig.delivery(uid)
    assert (record.status, record.attempt) == (DeliveryStatus.SUCCEEDED, 1)
    assert len(rig.receiver.received) == 1


@pytest.fixture
def fill(rig):
    """Functions that leave the database no room to grow, and give it room again."""
    connection = rig.service.db.connection()

    def full():
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    def roomy():
        connection.execute("PRAGMA max_page_count = 1000000")

    return full, roomy


async def test_a_full_disk_is_reported_and_passes(rig, fill):
    full, roomy = fill
    await rig.webhook()
    full()
    with pytest.raises(StoreFull, match="the disk is full"):
        await rig.emit(data={"filler": "x" * 100_000})
    roomy()
    await rig.until(lambda: not rig.service.writer.full)
    answer = await rig.emit()
    await rig.settled()
    assert rig.delivery(answer.deliveries[0].id).status is DeliveryStatus.SUCCEEDED


async def test_a_full_disk_keeps_what_has_happened_until_there_is_room(rig, fill):
    full, roomy = fill
    gate = asyncio.Event()
    rig.receiver.answer = accept_after(gate)
    for name in ("a", "b", "c"):
        await rig.webhook(name)
    await asyncio.gather(*(rig.emit() for _ in range(24)))
    full()
    gate.set()
    await rig.until(lambda: rig.service.writer._kept)
    roomy()
    await rig.settled()
    assert {record.status for record in rig.deliveries()} == {DeliveryStatus.SUCCEEDED}


def test_the_reserve_is_taken_once_and_given_up_once(tmp_path):
    reserve = Reserve(tmp_path / "r")
    assert reserve.hold()
    assert reserve.hold()
    assert (tmp_path / "r").stat().st_size == SIZE
    assert (tmp_path / "r").stat().st_mode & 0o777 == 0o600
    assert reserve.release()
    assert not reserve.release()


def test_a_reserve_that_does_not_fit_leaves_nothing_behind(tmp_path):
    assert not Reserve(tmp_path / "r", size=2**60).hold()
    assert list(tmp_path.iterdir()) == []


async def test_an_orderly_end_leaves_nothing_to_check(rig):
    await rig.webhook()
    await rig.emit()
    await rig.settled()
    assert left_uncleanly(rig.paths.database)
    await rig.stop()
    assert not left_uncleanly(rig.paths.database)
    await rig.start()
    assert not rig.service._unclean


def leave_as_a_death_would(rig):
    """What a daemon leaves that was killed: a log beside the database."""
    with closing(sqlite3.connect(rig.paths.database)) as db, db:
        db.execute("CREATE TABLE t (a)")
        db.commit()
        log = rig.paths.database.with_name("corgea.db-wal")
        kept = log.read_bytes()
    log.write_bytes(kept)


async def test_an_undamaged_database_is_checked_and_used(rig, caplog):
    caplog.set_level("INFO")
    await rig.stop()
    leave_as_a_death_would(rig)
    await rig.start()
    await rig.until(lambda: "is not damaged" in caplog.text)
    assert not rig.service.failure.done()


async def test_a_damaged_database_stops_the_daemon(rig):
    await rig.webhook()
    await rig.emit()
    await rig.settled()
    page = rig.service.db.execute_sql(
        "SELECT rootpage FROM sqlite_master WHERE name = 'attempts'"
    ).fetchone()[0]
    await rig.stop()
    with rig.paths.database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 512)
    leave_as_a_death_would(rig)
    await rig.start()
    error = await asyncio.wait_for(asyncio.shield(rig.service.failure), 5)
    assert isinstance(error, StoreProblem)
    assert "is damaged" in str(error)
    assert "restore a backup" in str(error)
    # `stop` leaves a store that failed open; here it has to be closed.
    rig.service.readers.close()
    rig.service.db.close()
