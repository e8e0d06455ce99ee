"""The API: HTTP calls on the two Unix sockets (interfaces.md). Only this room imports aiohttp.web.

A request comes in by `connection.py` (deadlines of one connection) and `server.py` (quotas, who
calls, which endpoint), which makes a `Call` (`call.py`) and awaits the endpoint's handler:

    POST /v1/events                handlers/submit_events.py
    /v1/events, /v1/event-types    handlers/events.py
    /v1/webhooks                   handlers/webhooks.py
    /v1/deliveries                 handlers/deliveries.py, exports.py (.csv, .ndjson)
    bulk retry, replay, /v1/jobs   handlers/jobs.py
    statistics                     handlers/statistics.py
    /v1/watch                      handlers/watch.py
    /v1/daemon, log, peers, audit  handlers/operation.py
    /metrics, /openapi.json        handlers/metrics.py, openapi.py

Handlers read parameters (`lists.py`, `parameters.py`), call a service (`parts.py`), and answer what
a presenter makes of its result. `endpoint.py` is what an endpoint is, `all_endpoints.py` the table.
"""
