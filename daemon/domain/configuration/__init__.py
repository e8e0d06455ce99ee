"""The configuration of webhooks: reads and checks the fields of a form, a file or a call."""
