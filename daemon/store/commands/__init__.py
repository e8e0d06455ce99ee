"""Units of work for the writer: each one decision that is carried out in one transaction."""
