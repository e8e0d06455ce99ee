"""What a key of a screen does: retry, pause, copy, export, find, sort."""
