"""Small parts without knowledge of webhooks: clock, ids, tasks, log, files."""
