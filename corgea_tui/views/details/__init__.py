"""The details of objects, as lines of text."""
