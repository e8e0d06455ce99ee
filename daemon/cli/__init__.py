"""`corgea-daemon`: its verbs, each imported when it is used (`root.VERBS`).

`serve.py`: run, paths, unit. `running.py`: status, stop, metrics, which ask the running daemon by
`control.py`. `store.py`: backup, restore, migrate, rotate-key. `check.py`: check.
"""
