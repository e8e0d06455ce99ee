"""A configuration as it may be read by anybody and kept in clear, e.g. in the audit."""

from typing import Any

import msgspec

from daemon.domain.webhooks.config import WebhookConfig
from daemon.domain.webhooks.masking import MASK, mask, mask_url


def show_webhook(config: WebhookConfig) -> dict[str, Any]:
    """By the API's keys; of what was typed in to be sent only so much that a change can be seen.

    That is what is encrypted at rest (rules.md §2), and the audit is not.
    """
    template = config.body_template
    return {
        "name": config.name,
        "url": mask_url(config.url) if config.url else "",
        "type": config.type.value,
        "events": list(config.events),
        "projects": list(config.projects),
        "statuses": list(config.statuses),
        "conditions": msgspec.to_builtins(config.conditions),
        "secret": None if config.secret is None else mask(config.secret),
        "headers": [{"name": h.name, "value": MASK} for h in config.headers],
        "body_template": None if template is None else f"{MASK} ({len(template)} characters)",
        "standard_webhooks": config.standard_webhooks,
        "retry": msgspec.to_builtins(config.retry),
    }
