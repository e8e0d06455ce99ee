"""Objects in full, as lines to read."""
