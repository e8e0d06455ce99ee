"""Small modules that do not depend on webhooks: clock, ids, tasks, files, text."""
