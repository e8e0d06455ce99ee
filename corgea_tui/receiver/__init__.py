"""A local HTTPS receiver: prints requests, verifies them, answers by a script (rules.md §6)."""
