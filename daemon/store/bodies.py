"""Custom bodies: each webhook's template, compiled once, rendered for every event it gets."""

from daemon.domain.deliveries.template import Template, TemplateFailure
from daemon.domain.deliveries.template_values import EventValues
from daemon.domain.webhooks.config import DestinationType
from daemon.store.records import WebhookRecord


class Bodies:
    """Compiled templates by webhook."""

    def __init__(self) -> None:
        self._templates: dict[int, tuple[str, Template]] = {}

    def make(self, webhook: WebhookRecord, values: EventValues) -> tuple[bytes | None, str | None]:
        """The body for one event, or why there is none. Only for webhooks that have a template."""
        slack = webhook.config.type is DestinationType.SLACK
        try:
            return self._template(webhook).render(values, slack=slack), None
        except TemplateFailure as failure:
            return None, str(failure)

    def forget(self, webhook: int) -> None:
        """Let go of a webhook's template."""
        self._templates.pop(webhook, None)

    def _template(self, webhook: WebhookRecord) -> Template:
        text = webhook.config.body_template or ""
        known = self._templates.get(webhook.row)
        if known is None or known[0] != text:
            known = self._templates[webhook.row] = (text, Template(text))
        return known[1]
