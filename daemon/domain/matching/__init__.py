"""Matching: which webhooks get an event, and the decision that is recorded for each."""
