"""Configuring webhooks: what a form, a file or a call says, read field by field and judged."""
