"""The shapes that go over the sockets (interfaces.md), shared by the daemon and its clients.

Times are ISO 8601 UTC with milliseconds, durations whole milliseconds, ids strings. A client
ignores keys it does not know, so the daemon may add some without a new protocol number.
"""

from daemon.protocol.deliveries import (
    Accepted,
    Attempt,
    AttemptRequest,
    AttemptResponse,
    Delivery,
    DeliveryDetail,
    DeliveryKind,
    DeliveryRef,
    DeliveryStatus,
    SentHeader,
)
from daemon.protocol.events import Event, EventDetail, EventType, Explanation
from daemon.protocol.operation import (
    ApiRange,
    AuditEntry,
    DaemonInfo,
    Job,
    JobState,
    LogLine,
    Peer,
    Queues,
    Role,
    SettingProblem,
    StoreInfo,
)
from daemon.protocol.problems import FieldProblem, Problem, RefusedLine
from daemon.protocol.stream import Change, ChangeType, Page
from daemon.protocol.webhooks import (
    AllStatistics,
    ConditionShown,
    HeaderShown,
    Point,
    RetryShown,
    SecretShown,
    Statistics,
    Webhook,
    WebhookSaved,
    WebhookStatistics,
)

API_MIN = 1
API_MAX = 1
"""The protocol numbers this side speaks; both sides use the highest that both know."""

__all__ = [
    "API_MAX",
    "API_MIN",
    "Accepted",
    "AllStatistics",
    "ApiRange",
    "Attempt",
    "AttemptRequest",
    "AttemptResponse",
    "AuditEntry",
    "Change",
    "ChangeType",
    "ConditionShown",
    "DaemonInfo",
    "Delivery",
    "DeliveryDetail",
    "DeliveryKind",
    "DeliveryRef",
    "DeliveryStatus",
    "Event",
    "EventDetail",
    "EventType",
    "Explanation",
    "FieldProblem",
    "HeaderShown",
    "Job",
    "JobState",
    "LogLine",
    "Page",
    "Peer",
    "Point",
    "Problem",
    "Queues",
    "RefusedLine",
    "RetryShown",
    "Role",
    "SecretShown",
    "SentHeader",
    "SettingProblem",
    "Statistics",
    "StoreInfo",
    "Webhook",
    "WebhookSaved",
    "WebhookStatistics",
]
