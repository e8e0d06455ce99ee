"""Proof that the documentation is true: examples run, links and citations lead somewhere.

    .venv/bin/python -m pytest tests/docs -n 2              # half a minute

`blocks` reads the comments that say what becomes of an example; `stage` runs it.
"""
