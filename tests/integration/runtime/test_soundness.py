import asyncio
import sqlite3
from contextlib import closing

from daemon.store.database import StoreProblem
from daemon.store.integrity import left_uncleanly


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


async def test_a_sound_database_is_checked_and_used(rig, caplog):
    caplog.set_level("INFO")
    await rig.stop()
    leave_as_a_death_would(rig)
    await rig.start()
    await rig.until(lambda: "is sound" in caplog.text)
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
