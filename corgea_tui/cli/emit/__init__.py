"""`corgea-tui emit`: one event, a file of events, or a scenario."""
