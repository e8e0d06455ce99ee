"""The table of all endpoints: `ENDPOINTS`. `endpoint.py` defines what an endpoint is.

Each module of `handlers/` ends with an `ENDPOINTS` of its own: method, path, role, handler,
parameters and answers.
"""

from daemon.api.endpoint import Endpoint
from daemon.api.handlers import (
    deliveries,
    events,
    exports,
    jobs,
    metrics,
    operation,
    statistics,
    submit_events,
    watch,
    webhooks,
)
from daemon.api.handlers.openapi import openapi_endpoint

_CALLS: tuple[Endpoint, ...] = (
    *submit_events.ENDPOINTS,  # POST /v1/events
    *events.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *deliveries.ENDPOINTS,
    *exports.ENDPOINTS,
    *jobs.ENDPOINTS,
    *statistics.ENDPOINTS,
    *watch.ENDPOINTS,
    *operation.ENDPOINTS,
    *metrics.ENDPOINTS,
)

ENDPOINTS: tuple[Endpoint, ...] = (*_CALLS, openapi_endpoint(_CALLS))
"""The calls of `control.sock`; `inbox.sock` answers only `POST /v1/events`."""
