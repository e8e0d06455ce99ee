"""Very large stores: one that the daemon's own units made, copied within itself.

A million deliveries take the units minutes, ten million most of an hour. A copy is as if the same
had happened again right after: with rows, ids, changes and times of its own.
"""

import sqlite3
from pathlib import Path

HOUR = 3_600_000

_ROWS = {
    "events": {
        "id": "id + :rows",
        "event_id": "printf('%08x', :copy) || substr(event_id, 9)",
        "received_at": "received_at + :time",
        "changed_seq": "changed_seq + :seq",
    },
    "deliveries": {
        "id": "id + :rows",
        "uid": "printf('%08x', :copy) || substr(uid, 9)",
        "event_row": "event_row + :rows",
        "created_at": "created_at + :time",
        "next_attempt_at": "next_attempt_at + :time",
        "finished_at": "finished_at + :time",
        "changed_seq": "changed_seq + :seq",
    },
    "attempts": {
        "id": "id + :rows",
        "delivery_row": "delivery_row + :rows",
        "started_at": "started_at + :time",
    },
}
"""What differs from the original, table by table; everything else is the same."""


def multiply(database: Path, times: int, rows: int, span_ms: int) -> None:
    """Make `times` as much of a store with `rows` deliveries of `span_ms`: whole minutes of it.

    Each event must have led to one delivery, and none of them to more than one attempt.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = off")
    connection.execute("PRAGMA cache_size = -400000")
    connection.execute("PRAGMA temp_store = memory")
    seq = int(connection.execute("SELECT value FROM meta WHERE key = 'seq'").fetchone()[0])
    connection.execute("BEGIN")
    for copy in range(1, times):
        shift = {"copy": copy, "rows": rows * copy, "time": span_ms * copy, "seq": seq * copy}
        for table, changed in _ROWS.items():
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, name) for name in names)
            connection.execute(
                f"INSERT INTO {table} SELECT {values} FROM {table} WHERE id <= {rows}", shift
            )
        connection.execute(
            "INSERT INTO counters SELECT webhook_id, 'later', at + :time, metric, n FROM counters"
            " WHERE span = 'minute'",
            shift,
        )
    _count(connection, times)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'seq'", (str(seq * times),))
    connection.execute("COMMIT")
    connection.close()


def _count(connection: sqlite3.Connection, times: int) -> None:
    connection.execute("UPDATE counters SET n = n * ? WHERE span = 'total'", (times,))
    connection.execute("UPDATE counters SET span = 'minute' WHERE span = 'later'")
    connection.execute("DELETE FROM counters WHERE span = 'hour'")
    connection.execute(
        "INSERT INTO counters SELECT webhook_id, 'hour', at / :hour * :hour, metric, sum(n)"
        " FROM counters WHERE span = 'minute' GROUP BY 1, 3, 4",
        {"hour": HOUR},
    )
