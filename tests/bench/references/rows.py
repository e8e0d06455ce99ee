"""Bare SQLite: inserts of events in batches of 100, each on disk before the next.

`python -m tests.bench.references.rows FOLDER COUNT` prints rows a second.
"""

import sqlite3
import sys
import time
from pathlib import Path

from tests.bench import work

BATCH = 100


def main(folder: Path, measured: int) -> float:
    """Rows a second."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("PRAGMA synchronous = full")
    connection.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, event_type TEXT NOT NULL,"
        " received_at INTEGER NOT NULL, payload BLOB NOT NULL)"
    )
    payload = work.event(work.project(0))
    started = time.perf_counter()
    for start in range(0, measured, BATCH):
        rows = [(work.EVENT_TYPE, n, payload) for n in range(start, start + BATCH)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO events (event_type, received_at, payload) VALUES (?, ?, ?)", rows
        )
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return measured / seconds


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), int(sys.argv[2])))  # noqa: T201
