"""The presentation of objects, without widgets: rows, details and plots."""
