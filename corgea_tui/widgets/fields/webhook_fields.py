"""The fields of a webhook's form, in their sections (app.md, Forms)."""

from collections.abc import Iterable

from corgea_tui.forms.suggestions import KnownValues
from corgea_tui.forms.webhook_draft import number_text, schedule_text
from corgea_tui.widgets.fields.dropdown import Choice
from corgea_tui.widgets.fields.field import Field, Section
from corgea_tui.widgets.fields.json_field import JsonField
from corgea_tui.widgets.fields.row_fields import BlanksField, ConditionsField, HeadersField
from corgea_tui.widgets.fields.secret_field import SecretField
from corgea_tui.widgets.fields.single import (
    ChoiceField,
    FactField,
    SuggestingField,
    SwitchField,
    TextField,
    TicksField,
)
from corgea_tui.widgets.fields.ticks import Item
from daemon.domain.deliveries.template import NAMES
from daemon.domain.destinations import GUIDES
from daemon.domain.events.catalogue import STATUSES
from daemon.protocol import DaemonInfo

NO_DESTINATION: Choice = ("", "none", "")
PLACEHOLDERS = " ".join(f"{{{{{name}}}}}" for name in (*NAMES, "data.PATH"))
PASSES = "passes"
"""The key of the line with the number of recent events that pass the filters."""


def sections(known: KnownValues) -> list[Section]:
    """The whole form; `known` holds the values that conditions complete from."""
    return [
        Section(*_basics()),
        Section(*_events()),
        Section(*_filters(known)),
        Section(*_security()),
        Section(*_headers()),
        Section(*_body()),
        Section(*_delivery()),
    ]


def _basics() -> Iterable[Field]:
    kinds = [NO_DESTINATION, *((one.kind, one.title, "") for one in GUIDES)]
    yield TextField("name", "Name", hint="identifies the webhook for people and in files")
    yield ChoiceField(
        "destination", "Destination", kinds, hint="fills in type, headers, body and rate"
    )
    yield BlanksField("blanks", "Fill in", hint="goes into the body; only you know it")
    yield TextField("url", "URL", hint="receives the POST; HTTPS only, used exactly as written")
    yield ChoiceField(
        "type",
        "Type",
        [
            ("other", "other", ""),
            ("slack", "Slack", "escapes inserted texts"),
            ("zapier", "Zapier", ""),
        ],
        hint="with Slack, texts inserted into the body are escaped for Slack",
    )


def _events() -> Iterable[Field]:
    yield TicksField("events", "Events", (), hint="space ticks; a group includes types added later")


def _filters(known: KnownValues) -> Iterable[Field]:
    yield SuggestingField(
        "projects",
        "Projects",
        placeholder="all",
        several=True,
        hint="ids, separated by commas; ↓ finds them by name. Logins have no project",
    )
    yield TicksField(
        "statuses",
        "Statuses",
        [Item(status, status) for status in STATUSES],
        hint="the new status of issue.status_changed; none ticked: all",
    )
    yield ConditionsField(
        "conditions",
        "Conditions",
        "+ condition",
        known,
        hint="all must hold; ↓ proposes values of recent events · ctrl+n adds, f8 removes",
    )
    yield FactField(PASSES, "Passes")


def _security() -> Iterable[Field]:
    yield SecretField(
        "secret",
        "Secret",
        hint="signs every delivery; ctrl+g generates one. The old one also signs for 24 h",
    )
    yield SwitchField(
        "standard_webhooks",
        "Standard",
        "send Standard Webhooks headers too",
        hint="webhook-id, webhook-timestamp and webhook-signature beside Corgea's own",
    )


def _headers() -> Iterable[Field]:
    yield HeadersField(
        "headers",
        "Headers",
        "+ header",
        hint="credentials are typed hidden and never shown again · ctrl+n adds, f8 removes",
    )


def _body() -> Iterable[Field]:
    yield JsonField(
        "body_template",
        "Body",
        placeholder="blank: the default payload",
        hint=PLACEHOLDERS,
    )


def _delivery() -> Iterable[Field]:
    yield TextField(
        "schedule", "Retry after", hint="seconds between attempts, e.g. 2, 4; `once` for no retry"
    )
    yield TextField(
        "timeout", "Timeout", hint="seconds for one attempt, from 0.1 to 300", narrow=True
    )
    yield TextField(
        "concurrency",
        "Concurrency",
        hint="deliveries in flight at once, from 1 to 1000",
        narrow=True,
    )
    yield TextField("rate", "Rate limit", hint="deliveries a second, e.g. 1 for Slack", narrow=True)


def event_items(types: Iterable[str], subscribed: Iterable[str]) -> list[Item]:
    """The known and the subscribed event types: a line for each group, then its types."""
    groups: dict[str, dict[str, None]] = {}
    for name in (*types, *subscribed):
        group = f"{name.partition('.')[0]}.*"
        groups.setdefault(group, {})[name] = None
    items = []
    for group, names in groups.items():
        items.append(Item(group, group, first=True))
        items += [Item(name, name, implied_by=(group,)) for name in names if name != group]
    return items


def settings_defaults(daemon: DaemonInfo | None) -> dict[str, str]:
    """The values that apply to blank fields, from the daemon's settings."""
    given = {} if daemon is None else daemon.settings.get("delivery", {})
    shown = {
        "schedule": schedule_text(given.get("schedule")),
        "timeout": number_text(given.get("timeout")),
        "concurrency": number_text(given.get("per_webhook_concurrency")),
        "rate": "no limit",
    }
    return {
        key: f"{text} (settings)" if key != "rate" else text for key, text in shown.items() if text
    }
