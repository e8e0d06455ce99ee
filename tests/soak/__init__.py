"""A daemon under everything at once for a long time: nothing in it may grow.

    .venv/bin/python -m tests.soak --minutes 600

tests/faults/test_soak.py runs a short one.
"""
