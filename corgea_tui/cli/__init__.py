"""The commands of `corgea-tui`, one file a verb."""
