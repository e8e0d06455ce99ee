"""The screens of forms: a webhook, and an event to emit."""
