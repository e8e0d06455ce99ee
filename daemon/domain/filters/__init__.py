"""The filter language: its keys, parsing, completion, and its meaning for one object."""
