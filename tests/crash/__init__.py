"""Proof that kill -9 and power cuts lose nothing that was acknowledged.

A producer and a receiver keep accounts of what was acknowledged and what arrived, while the daemon
is killed at every failpoint and at random moments; then both accounts and the store are compared
(`checks`). `test_mutations` puts faults in on purpose and shows that the checks find them.

    .venv/bin/python -m pytest tests/crash -n 2             # two and a half minutes
    .venv/bin/python -m tests.crash --events 100000 --kills 500

A campaign (`campaign`) kills; `triggers` makes the daemon reach a failpoint; `verdict` judges.
`disk` is a library between the daemon and the kernel that remembers what was synced.
"""
