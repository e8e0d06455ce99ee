"""The protocol: the types of the sockets, shared by the daemon and its clients (interfaces.md).

Times are ISO 8601 UTC with milliseconds, durations integer milliseconds, ids strings. A client
ignores unknown keys, so the daemon may add some without a new protocol number.
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
    RetryStarted,
    SentHeader,
)
from daemon.protocol.events import Event, EventDetail, EventType, Explanation
from daemon.protocol.operation import (
    ROLES,
    ApiRange,
    AuditEntry,
    BackupRequest,
    BackupWritten,
    DaemonInfo,
    Job,
    JobMatched,
    JobStarted,
    JobState,
    LogLine,
    Peer,
    Queues,
    Role,
    SettingProblem,
    StoreInfo,
    role_includes,
)
from daemon.protocol.problems import FieldProblem, Problem, RefusedLine
from daemon.protocol.stream import Change, ChangeType, Page
from daemon.protocol.webhooks import (
    AllStatistics,
    ConditionView,
    HeaderView,
    Point,
    RetryView,
    SecretView,
    Statistics,
    Webhook,
    WebhookSaved,
    WebhookStatistics,
    WebhookTestResult,
)

API_MIN = 1
API_MAX = 1
"""The protocol numbers of this version; both sides use the highest that both support."""

__all__ = [
    "API_MAX",
    "API_MIN",
    "ROLES",
    "Accepted",
    "AllStatistics",
    "ApiRange",
    "Attempt",
    "AttemptRequest",
    "AttemptResponse",
    "AuditEntry",
    "BackupRequest",
    "BackupWritten",
    "Change",
    "ChangeType",
    "ConditionView",
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
    "HeaderView",
    "Job",
    "JobMatched",
    "JobStarted",
    "JobState",
    "LogLine",
    "Page",
    "Peer",
    "Point",
    "Problem",
    "Queues",
    "RefusedLine",
    "RetryStarted",
    "RetryView",
    "Role",
    "SecretView",
    "SentHeader",
    "SettingProblem",
    "Statistics",
    "StoreInfo",
    "Webhook",
    "WebhookSaved",
    "WebhookStatistics",
    "WebhookTestResult",
    "role_includes",
]
