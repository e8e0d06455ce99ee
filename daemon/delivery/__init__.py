"""Delivery: which delivery is sent when, and how one attempt is made.

`scheduler/` chooses and claims (start reading in its docstring), `attempts.py` signs, `workers/`
decides which process sends, `http/` makes one attempt over HTTPS. It imports the store's records
and commands, and the domain; the API and the services are above it.
"""
