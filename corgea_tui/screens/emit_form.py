"""The form of an event to emit, and below it what the event caused (app.md, Screens 3)."""
