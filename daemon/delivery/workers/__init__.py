"""Worker processes, which send for the daemon while there is much to send.

`pool` decides which process makes an attempt, `handle` is the daemon's side of one worker, `main`
is the worker itself, `messages` is what the two say to each other.
"""
