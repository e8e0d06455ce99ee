"""Proof that hostile input harms nothing: bytes, texts, addresses, files, other users, huge values.

Most tests run a daemon in the test's process (fixture `rig`); those of the protocol and of the
OpenAPI document run one in a process of its own. `CORGEA_FUZZ=10` makes ten times as many inputs.

    .venv/bin/python -m pytest tests/hostile -n 2           # a minute

As root, nothing is skipped.
"""
