"""All routes of the two sockets."""

from daemon.api import (
    audit,
    deliveries,
    events,
    exports,
    jobs,
    metrics,
    operation,
    statistics,
    submit,
    watch,
    webhooks,
)
from daemon.api.endpoint import Endpoint
from daemon.api.openapi import openapi_route

_CALLS: tuple[Endpoint, ...] = (
    *submit.ROUTES,
    *events.ROUTES,
    *webhooks.ROUTES,
    *deliveries.ROUTES,
    *exports.ROUTES,
    *jobs.ROUTES,
    *statistics.ROUTES,
    *watch.ROUTES,
    *operation.ROUTES,
    *audit.ROUTES,
    *metrics.ROUTES,
)

ROUTES: tuple[Endpoint, ...] = (*_CALLS, openapi_route(_CALLS))
"""What `control.sock` answers; `inbox.sock` takes `POST /v1/events` alone of it."""
