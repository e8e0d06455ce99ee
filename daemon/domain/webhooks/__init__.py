"""Webhooks: their configuration, and what is masked when it is shown."""
