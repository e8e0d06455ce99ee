"""The filter language: parsing, completion, and its meaning for one object."""
