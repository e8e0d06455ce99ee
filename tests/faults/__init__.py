"""Proof that a daemon survives its surroundings: disks, clocks, receivers, files, upgrades, stops.

Each test starts a real daemon in a process of its own (fixture `daemon`) and breaks one thing near
it; `rig` adds a producer and a receiver whose accounts are compared afterwards, as in tests/crash.

    .venv/bin/python -m pytest tests/faults -n 2            # two minutes
    .venv/bin/python -m pytest tests/faults/test_stop.py    # seconds for a file

As root, and with gcc and strace, nothing is skipped.
"""
