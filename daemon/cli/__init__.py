"""`corgea-daemon`: its verbs, each imported when it is used (`root.VERBS`).

`serve.py`: run, paths, unit. `running.py`: status, stop, metrics, which call the running daemon
through `control.py`. `store.py`: backup, restore, migrate, rotate-key. `check.py`: check.
"""
