"""The API: HTTP calls on the two Unix sockets (interfaces.md). Only this room imports aiohttp.web.

A request comes in by `connection.py` (deadlines of one connection) and `server.py` (quotas, who
calls, which endpoint), which makes a `Call` (`call.py`) and awaits the endpoint's handler:

    POST /v1/events              submit_events.py
    /v1/events, /v1/event-types  events.py
    /v1/webhooks                 webhooks.py
    /v1/deliveries               deliveries.py, exports.py (.csv, .ndjson)
    bulk retry, replay, /v1/jobs jobs.py
    statistics                   statistics.py
    /v1/watch                    watch.py
    /v1/daemon, log, peers, audit  operation.py (with health.py)
    /metrics                     metrics.py
    /openapi.json                openapi.py

Handlers read parameters (`lists.py`, `parameters.py`), call a service, and present its answer.
"""
