"""Worker processes, which send for the daemon under high load.

`pool` decides which process makes an attempt, `handle` is the daemon's side of one worker, `main`
is the worker itself, `messages` has the messages between the two.
"""
