"""The known kinds of receivers (reference, Custom Headers; destinations.md)."""

from daemon.domain.destinations.guide import Blank, Guide, Limit, RequiredHeader
from daemon.domain.webhooks.config import DestinationType

_ROUTING_KEY = "<routing key: 32 characters>"

_PROJECT = "*{{data.project.name}}*: "
_FLAW = "{{data.classification}} ({{data.urgency}}) in {{data.project.name}}"
_SLACK_TEXTS = {
    "scan.started": _PROJECT + "scan of {{data.branch}} has started",
    "scan.completed": _PROJECT + "scan of {{data.branch}} found {{data.issues_found}} issues",
    "scan.failed": _PROJECT + "scan of {{data.branch}} failed. {{data.failed_reason}}",
    "issue.status_changed": _FLAW
    + " is {{data.status}}, was {{data.previous_status}}. {{data.url}}",
    "issue.assigned": _FLAW + " is assigned to {{data.assigned_to.name}}. {{data.url}}",
    "user.login": "{{data.username}} has logged in",
    "user.login_failed": "A login as {{data.username}} has failed",
}

SLACK = Guide(
    kind="slack",
    title="Slack",
    url_hint="https://hooks.slack.com/services/T…/B…/…",
    url_starts=("https://hooks.slack.com/",),
    type=DestinationType.SLACK,
    template='{"text":"Corgea *{{event_type}}* at {{timestamp}}\\n{{payload}}"}',
    templates=tuple((name, f'{{"text":"{text}"}}') for name, text in _SLACK_TEXTS.items()),
    limits=(Limit("text", 40_000, "characters"),),
    rate=1,
    answers="200; 400 invalid_payload, 403, 404, 410 when the channel is archived",
    notes=(
        "The URL itself is the secret; Slack ignores headers.",
        "About one message a second; then 429 with Retry-After.",
        "What is inserted into texts is escaped, so that a file path cannot mention a channel.",
    ),
)

TEAMS = Guide(
    kind="teams",
    title="Microsoft Teams (Workflows)",
    url_hint="https://….webhook.office.com/… or a Power Automate URL",
    url_holds=(".webhook.office.com/", ".logic.azure.com", ".powerplatform.com"),
    template=(
        '{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive",'
        '"contentUrl":null,"content":{"$schema":"http://adaptivecards.io/schemas/adaptive-card.json",'
        '"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","weight":"Bolder",'
        '"text":"Corgea {{event_type}}"},{"type":"TextBlock","wrap":true,"text":"{{payload}}"}]}}]}'
    ),
    limits=(Limit("", 28 * 1024, "bytes"),),
    answers="202",
    notes=("The URL itself is the secret.", "It wants an Adaptive Card of at most 28 KB."),
)

PAGERDUTY = Guide(
    kind="pagerduty",
    title="PagerDuty (Events v2)",
    url_hint="https://events.pagerduty.com/v2/enqueue",
    url_starts=("https://events.pagerduty.com/", "https://events.eu.pagerduty.com/"),
    template=(
        f'{{"routing_key":"{_ROUTING_KEY}","event_action":"trigger","dedup_key":"{{{{event_id}}}}",'
        '"payload":{"summary":"Corgea {{event_type}}","source":"corgea","severity":"warning",'
        '"timestamp":"{{timestamp}}","class":"{{event_type}}","custom_details":{{payload}}}}'
    ),
    blanks=(
        Blank(
            _ROUTING_KEY,
            "routing key",
            "the integration key of an Events API v2 integration",
            secret=True,
        ),
    ),
    limits=(
        Limit("payload.summary", 1024, "characters"),
        Limit("dedup_key", 255, "characters"),
    ),
    answers="202",
    notes=("The routing key in the body is the secret; headers are ignored.",),
)

SPLUNK = Guide(
    kind="splunk",
    title="Splunk HEC",
    url_hint="https://splunk.example.com:8088/services/collector/event",
    url_holds=("/services/collector",),
    headers=(RequiredHeader("Authorization", "Splunk ", "the token of the HTTP Event Collector"),),
    template=(
        '{"time":{{time}},"source":"corgea","sourcetype":"corgea:webhook","event":{{payload}}}'
    ),
    answers="200",
)

JIRA = Guide(
    kind="jira",
    title="Jira Automation",
    url_hint="the URL of the rule's incoming webhook trigger",
    url_holds=("automation.atlassian.com/", "api-private.atlassian.com/automation/"),
    headers=(
        RequiredHeader(
            "X-Automation-Webhook-Token", "", "the secret that Jira shows beside the rule's URL"
        ),
    ),
    notes=("The default payload is what the rule gets; read it as {{webhookData.data}} there.",),
)

ZAPIER = Guide(
    kind="zapier",
    title="Zapier",
    url_hint="https://hooks.zapier.com/hooks/catch/…",
    url_starts=("https://hooks.zapier.com/",),
    type=DestinationType.ZAPIER,
    rate=30,
    notes=("The URL itself is the secret.", "429 from about 30 a second on."),
)

BEARER = Guide(
    kind="bearer",
    title="Own API with a bearer token",
    url_hint="https://api.example.com/corgea",
    headers=(RequiredHeader("Authorization", "Bearer ", "the API token"),),
)

API_KEY = Guide(
    kind="api-key",
    title="Own API with an API key",
    url_hint="https://api.example.com/corgea",
    headers=(
        RequiredHeader("X-API-Key", "", "the API key", choice="key"),
        RequiredHeader("Authorization", "ApiKey ", "the API key", choice="key"),
    ),
)

DISCORD = Guide(
    kind="discord",
    title="Discord",
    url_hint="https://discord.com/api/webhooks/…",
    url_starts=("https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"),
    template=(
        '{"content":"Corgea {{event_type}} at {{timestamp}} (event {{event_id}})",'
        '"allowed_mentions":{"parse":[]}}'
    ),
    limits=(Limit("content", 2000, "characters"),),
    answers="204",
    notes=("The URL itself is the secret.", "Inserted texts cannot mention users."),
)

OPSGENIE = Guide(
    kind="opsgenie",
    title="Opsgenie",
    url_hint="https://api.opsgenie.com/v2/alerts",
    url_starts=("https://api.opsgenie.com/", "https://api.eu.opsgenie.com/"),
    headers=(RequiredHeader("Authorization", "GenieKey ", "the key of an API integration"),),
    template=(
        '{"message":"Corgea {{event_type}}","alias":"{{event_id}}","description":"{{payload}}",'
        '"source":"corgea","priority":"P3"}'
    ),
    limits=(
        Limit("message", 130, "characters"),
        Limit("alias", 512, "characters"),
        Limit("description", 15_000, "characters"),
    ),
    answers="202",
)

DATADOG = Guide(
    kind="datadog",
    title="Datadog events",
    url_hint="https://api.datadoghq.eu/api/v1/events",
    url_holds=("/api/v1/events",),
    headers=(RequiredHeader("DD-API-KEY", "", "an API key of the organisation"),),
    template=(
        '{"title":"Corgea {{event_type}}","text":"{{payload}}","date_happened":{{time}},'
        '"aggregation_key":"{{event_id}}","tags":["source:corgea","event_type:{{event_type}}"]}'
    ),
    limits=(Limit("text", 4000, "characters"),),
    answers="202",
)

GITHUB = Guide(
    kind="github",
    title="GitHub repository_dispatch",
    url_hint="https://api.github.com/repos/OWNER/REPOSITORY/dispatches",
    url_starts=("https://api.github.com/repos/",),
    headers=(
        RequiredHeader(
            "Authorization", "Bearer ", "a token that may write the repository's contents"
        ),
        RequiredHeader("Accept", value="application/vnd.github+json"),
    ),
    template='{"event_type":"corgea.{{event_type}}","client_payload":{{payload}}}',
    limits=(Limit("client_payload", 10, "keys"), Limit("event_type", 100, "characters")),
    answers="204",
    notes=("It takes at most 65,535 characters of payload.",),
)

OWN = Guide(
    kind="own",
    title="Own API with its own shape",
    url_hint="https://api.example.com/corgea",
    template=('{"id":"{{event_id}}","type":"{{event_type}}","time":{{time}},"data":{{payload}}}'),
)

GUIDES = (
    SLACK,
    TEAMS,
    PAGERDUTY,
    SPLUNK,
    JIRA,
    ZAPIER,
    DISCORD,
    OPSGENIE,
    DATADOG,
    GITHUB,
    BEARER,
    API_KEY,
    OWN,
)
"""All kinds, in the order in which they are offered."""

_BY_KIND = {one.kind: one for one in GUIDES}


def guide(kind: str) -> Guide:
    """The guide for a kind. Raises KeyError for an unknown one."""
    return _BY_KIND[kind]


def guide_for_url(url: str) -> Guide | None:
    """The guide for a receiver with this URL, or None."""
    lower = url.lower()
    for one in GUIDES:
        if lower.startswith(one.url_starts) or any(part in lower for part in one.url_holds):
            return one
    return None
